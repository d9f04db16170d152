package io.github.tlora.cli;

import io.github.tlora.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Seeds as they are typed: {@code 0..4} or {@code 0,1,7}, or both together. */
final class SeedList {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,18})\\.\\.(\\d{1,18})");
  private static final int MOST = 1000;

  private SeedList() {}

  /**
   * The seeds, in order.
   *
   * @throws UserError exit 2 when it is no list of two or more, each once
   */
  static List<Long> parse(String text) {
    List<Long> seeds = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (range.matches()) {
        long first = Long.parseLong(range.group(1));
        long last = Long.parseLong(range.group(2));
        if (last < first || last - first >= MOST) {
          throw refused(text);
        }
        for (long seed = first; seed <= last; seed++) {
          seeds.add(seed);
        }
      } else if (part.strip().matches("-?\\d{1,18}")) {
        seeds.add(Long.parseLong(part.strip()));
      } else {
        throw refused(text);
      }
    }
    if (seeds.size() < 2 || seeds.stream().distinct().count() < seeds.size()) {
      throw refused(text);
    }
    return seeds;
  }

  private static UserError refused(String text) {
    return UserError.usage(
        "--seeds: '"
            + text
            + "' is not a list of two or more seeds, each once, such as 0..4 or 0,1,7");
  }
}
