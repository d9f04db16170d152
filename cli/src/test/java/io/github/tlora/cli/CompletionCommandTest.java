package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CompletionCommandTest {
  @TempDir private Path folder;

  private Path script(String shell) throws IOException {
    Invocation done = tlora("completion", shell).succeeded();
    assertThat(done.err()).isEmpty();
    return Files.writeString(folder.resolve("tlora." + shell), done.out());
  }

  /** What {@code bash} prints, which must end well. */
  private static String bash(String... args) throws Exception {
    String[] command = new String[args.length + 1];
    command[0] = "bash";
    System.arraycopy(args, 0, command, 1, args.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  /** What bash offers for the last of {@code words}. */
  private List<String> completed(String... words) throws Exception {
    String program =
        """
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        function="$(complete -p tlora | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
        "$function" tlora "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null || true
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    String[] args = new String[words.length + 4];
    args[0] = "-c";
    args[1] = program;
    args[2] = "bash";
    args[3] = script("bash").toString();
    System.arraycopy(words, 0, args, 4, words.length);
    return bash(args).lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void the_script_is_one_that_bash_reads(String shell) throws Exception {
    bash("-n", script(shell).toString());
  }

  @Test
  void bash_completes_commands() throws Exception {
    assertThat(completed("tlora", "tra")).containsExactly("train");
    assertThat(completed("tlora", "me")).containsExactlyInAnyOrder("merge", "methods");
  }

  @Test
  void bash_completes_options_and_their_words() throws Exception {
    assertThat(completed("tlora", "train", "--lea")).containsExactly("--learning-rate");
    assertThat(completed("tlora", "train", "--method", "lora-")).contains("lora-xs", "lora-fa");
    assertThat(completed("tlora", "eval", "--color", "al")).containsExactly("always");
    assertThat(completed("tlora", "completion", "f")).containsExactly("fish");
  }

  @Test
  void fish_knows_every_command_and_option() throws IOException {
    List<String> lines = Files.readAllLines(script("fish"));
    assertThat(lines.stream().skip(1)).allMatch(line -> line.startsWith("complete -c tlora -n '"));
    requireAll(Main.commandLine(new Console(System.out, System.err, Terminal.NONE)), "", lines);
  }

  private static void requireAll(CommandLine command, String path, List<String> lines) {
    command
        .getCommandSpec()
        .options()
        .forEach(
            option ->
                assertThat(lines)
                    .as(path + option.longestName())
                    .anyMatch(
                        line ->
                            line.contains(path)
                                && line.contains(" -l " + option.longestName().substring(2) + " ")
                                && Arrays.stream(option.names())
                                    .filter(name -> name.length() == 2)
                                    .allMatch(name -> line.contains(" -s " + name.charAt(1)))));
    command
        .getSubcommands()
        .forEach(
            (name, sub) -> {
              assertThat(lines)
                  .anyMatch(line -> line.contains(path) && line.contains(" -a " + name + " "));
              requireAll(sub, "__fish_seen_subcommand_from " + name, lines);
            });
  }

  @Test
  void fish_offers_the_words_of_an_option_and_quotes() throws IOException {
    assertThat(Files.readAllLines(script("fish")))
        .anyMatch(
            line ->
                line.startsWith("complete -c tlora -n '__fish_seen_subcommand_from train'")
                    && line.contains(" -l color -x -a 'auto always never'"))
        .anyMatch(line -> line.contains("LoRA\\'s scale"));
  }

  @ParameterizedTest
  @CsvSource({"bahs, ' (did you mean ''bash''?)'", "tcsh, ''"})
  void another_shell_is_refused(String shell, String near) {
    Invocation done = tlora("completion", shell);
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines())
        .containsExactly(
            "tlora: unknown shell '" + shell + "'" + near + ". Known shells: bash, zsh, fish");
  }
}
