package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Every command's {@code --help}, kept in {@code src/test/resources/help}. After a change that is
 * meant, write the files anew with {@code mvn -pl core,cli test -Dtest=HelpTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dtlora.update=true} and read the difference.
 */
class HelpTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "help");

  /** Every command, also those below others: {@code train}, {@code config show}. */
  static Stream<String> commands() {
    return below(Main.commandLine(new Console(System.out, System.err, Terminal.NONE)), "");
  }

  private static Stream<String> below(CommandLine command, String path) {
    return command.getSubcommands().entrySet().stream()
        .flatMap(
            sub ->
                Stream.concat(
                    Stream.of(path + sub.getKey()),
                    below(sub.getValue(), path + sub.getKey() + " ")));
  }

  private static Invocation help(String command) {
    return tlora(Stream.concat(Stream.of(command.split(" ", -1)), Stream.of("--help")).toArray());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void the_help_of_a_command_is_as_kept(String command) throws IOException {
    assertAsKept(command, help(command));
  }

  @Test
  void the_help_of_the_tool_is_as_kept() throws IOException {
    assertAsKept("tlora", tlora("--help"));
  }

  @Test
  void every_kept_help_belongs_to_a_command() throws IOException {
    List<String> expected =
        Stream.concat(Stream.of("tlora"), commands().map(HelpTest::file)).sorted().toList();
    try (Stream<Path> files = Files.list(KEPT)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".txt", "")).sorted())
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  void without_a_command_the_help_is_printed() {
    assertThat(tlora().out()).isEqualTo(tlora("--help").out());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_and_a_command_is_that_commands_help(String command) {
    Object[] words = Stream.concat(Stream.of("help"), Stream.of(command.split(" ", -1))).toArray();
    assertThat(tlora(words).succeeded().out()).isEqualTo(help(command).out());
  }

  @Test
  void help_alone_is_the_help_of_the_tool() {
    assertThat(tlora("help").succeeded().out()).isEqualTo(tlora("--help").out());
  }

  @Test
  void help_of_an_unknown_command_is_told_with_the_nearest() {
    Invocation done = tlora("help", "trian");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines())
        .containsExactly(
            "tlora: unknown command 'trian' (did you mean 'train'?). See: tlora --help");
  }

  @Test
  void every_command_is_in_one_group() {
    List<String> grouped =
        Arrays.stream(CommandGroup.values()).flatMap(group -> group.commands().stream()).toList();
    assertThat(grouped).doesNotHaveDuplicates();
    assertThat(commands().filter(command -> !command.contains(" "))).isSubsetOf(grouped);
    assertThat(tlora("--help").outLines())
        .containsSubsequence("Run:", "Weights:", "Look:", "Set up:");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_option_is_in_the_help(String command) {
    CommandLine line = Main.commandLine(new Console(System.out, System.err, Terminal.NONE));
    for (String name : command.split(" ", -1)) {
      line = line.getSubcommands().get(name);
    }
    String help = help(command).out();
    assertThat(line.getCommandSpec().options())
        .isNotEmpty()
        .allSatisfy(option -> assertThat(help).contains(option.longestName()));
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
    assertThat(lines).anyMatch(line -> (line + " ").startsWith("  tlora " + command + " "));
  }

  @Test
  void the_version_is_one_line() {
    assertThat(tlora("--version").succeeded().out()).matches("tlora \\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  private static void assertAsKept(String name, Invocation help) throws IOException {
    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    String printed = String.join("\n", help.outLines()) + "\n";
    Path file = KEPT.resolve(file(name) + ".txt");
    if (Boolean.getBoolean("tlora.update")) {
      Files.createDirectories(KEPT);
      Files.writeString(file, printed);
    }
    assertThat(file).isRegularFile();
    assertThat(printed).isEqualTo(Files.readString(file).replace("\r\n", "\n"));
  }

  private static String file(String command) {
    return command.replace(' ', '-');
  }
}
