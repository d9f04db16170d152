package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every command's {@code --help}, kept in {@code src/test/resources/help}. After a change that is
 * meant, write the files anew with {@code mvn -pl core,cli test -Dtest=HelpTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dtlora.update=true} and read the difference.
 */
class HelpTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "help");

  /** The commands that {@code tlora --help} lists, and those that they have, as "config show". */
  static Stream<String> commands() {
    return listed("--help")
        .flatMap(
            name ->
                Stream.concat(
                    Stream.of(name), listed(name, "--help").map(nested -> name + " " + nested)));
  }

  /** What a help lists under "Commands:". */
  private static Stream<String> listed(Object... words) {
    return tlora(words).outLines().stream()
        .dropWhile(line -> !line.equals("Commands:"))
        .skip(1)
        .takeWhile(line -> !line.isBlank())
        .filter(line -> line.matches("  \\S.*")) // what is further in continues a description
        .map(line -> line.strip().split(" ", 2)[0]);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void the_help_of_a_command_is_as_kept(String command) throws IOException {
    assertAsKept(command.replace(' ', '-'), help(command));
  }

  @Test
  void the_help_of_the_tool_is_as_kept() throws IOException {
    assertAsKept("tlora", tlora("--help"));
  }

  @Test
  void every_kept_help_belongs_to_a_command() throws IOException {
    List<String> expected =
        Stream.concat(Stream.of("tlora"), commands().map(name -> name.replace(' ', '-')))
            .sorted()
            .toList();
    try (Stream<Path> files = Files.list(KEPT)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".txt", "")).sorted())
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  void without_a_command_the_help_is_printed() {
    assertThat(tlora().out()).isEqualTo(tlora("--help").out());
  }

  @Test
  void help_and_a_command_is_that_commands_help() {
    assertThat(tlora("help", "merge").succeeded().out()).isEqualTo(tlora("merge", "--help").out());
  }

  @Test
  void the_help_of_the_tool_names_every_exit_code() {
    assertThat(tlora("--help").out())
        .containsSubsequence("Exit codes:", "0 ", "1 ", "2 ", "3 ", "4 ", "70 ", "130 ", "143 ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_has_an_example_and_fits_a_terminal(String command) {
    List<String> lines = help(command).outLines();
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    if (!command.equals("help")) { // picocli's own
      assertThat(lines).anyMatch(line -> line.startsWith("  tlora " + command + " "));
    }
  }

  @Test
  void the_version_is_one_line() {
    assertThat(tlora("--version").succeeded().out()).matches("tlora \\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  private static Invocation help(String command) {
    return tlora((Object[]) (command + " --help").split(" "));
  }

  private static void assertAsKept(String name, Invocation help) throws IOException {
    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    String printed = String.join("\n", help.outLines()) + "\n";
    Path file = KEPT.resolve(name + ".txt");
    if (Boolean.getBoolean("tlora.update")) {
      Files.createDirectories(KEPT);
      Files.writeString(file, printed);
    }
    assertThat(file).isRegularFile();
    assertThat(printed).isEqualTo(Files.readString(file).replace("\r\n", "\n"));
  }
}
