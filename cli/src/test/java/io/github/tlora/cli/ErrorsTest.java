package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the tool says of wrong command lines, kept in {@code src/test/resources/errors.txt}: each
 * command line with its exit code and its stderr. To add one, write its line that begins with
 * {@code $} there; after that, or a change that is meant, write the file anew with {@code mvn -pl
 * core,cli test -Dtest=ErrorsTest -Dsurefire.failIfNoSpecifiedTests=false -Dtlora.update=true} and
 * read the difference.
 */
class ErrorsTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "errors.txt");
  private static final String PROMPT = "$ tlora ";

  @Test
  void every_error_is_as_kept() throws IOException {
    String kept = Files.readString(KEPT);
    List<String> lines = kept.lines().filter(line -> line.startsWith(PROMPT)).toList();
    assertThat(lines).hasSizeGreaterThan(40).doesNotHaveDuplicates();
    String now = lines.stream().map(ErrorsTest::said).collect(Collectors.joining("\n"));
    if (Boolean.getBoolean("tlora.update")) {
      Files.writeString(KEPT, now);
      return;
    }
    assertThat(now).isEqualTo(kept);
  }

  /** The line, the exit code, stderr. */
  private static String said(String line) {
    Invocation done = tlora((Object[]) line.substring(PROMPT.length()).split(" ", -1));
    assertThat(done.out()).as("stdout of %s", line).isEmpty();
    assertThat(done.code()).as("exit code of %s", line).isIn(2, 3, 4);
    assertThat(done.errLines())
        .as("stderr of %s", line)
        .isNotEmpty()
        .allSatisfy(said -> assertThat(said).startsWith("tlora: ").doesNotContain("Exception"));
    return Stream.of(line, done.err().strip(), "exit " + done.code(), "")
        .collect(Collectors.joining("\n"));
  }
}
