package io.github.tlora.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server answered; the caller closes it.
 *
 * @param uri that answered, after redirects
 * @param status HTTP's
 * @param header gives a header's value or null
 * @param body to be read once
 */
record Answer(URI uri, int status, Function<String, String> header, InputStream body)
    implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes (?:(\\d+)-\\d+|\\*)/(\\d+|\\*)");

  Optional<String> header(String name) {
    return Optional.ofNullable(header.apply(name));
  }

  /** The size of the whole file, where the answer tells it. */
  OptionalLong total() {
    if (status == 206 || status == 416) {
      return range(2);
    }
    Optional<String> length = header("content-length");
    return length.map(Answer::number).orElse(OptionalLong.empty());
  }

  /** Where in the file the body begins. */
  OptionalLong first() {
    return status == 206 ? range(1) : OptionalLong.of(0);
  }

  private OptionalLong range(int group) {
    Matcher matcher = RANGE.matcher(header("content-range").orElse(""));
    return matcher.matches() && matcher.group(group) != null
        ? number(matcher.group(group))
        : OptionalLong.empty();
  }

  private static OptionalLong number(String digits) {
    try {
      return OptionalLong.of(Long.parseLong(digits));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
