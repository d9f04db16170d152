package io.github.tlora.cli;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlora completion}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Print a script by which a shell completes the words of tlora.",
    description =
        "Commands, options, and the words that options take. For bash and zsh the script is read"
            + " when a shell starts; fish finds it in its own directory.",
    footer = {
      "",
      "Examples:",
      "  tlora completion bash > ~/.local/share/bash-completion/completions/tlora",
      "  echo 'source <(tlora completion zsh)' >> ~/.zshrc",
      "  tlora completion fish > ~/.config/fish/completions/tlora.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "SHELL",
      completionCandidates = Words.Shells.class,
      description = "bash, zsh or fish.")
  private String shell;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine commands = spec.root().commandLine();
    String script =
        switch (shell) {
          case "bash", "zsh" -> AutoComplete.bash(spec.root().name(), commands);
          case "fish" -> FishCompletion.of(commands);
          default ->
              throw UserError.usage(
                  "unknown shell '"
                      + shell
                      + "'"
                      + Suggestion.of(shell, new Words.Shells().all())
                          .map(near -> " (did you mean '" + near + "'?)")
                          .orElse("")
                      + ". Known shells: "
                      + String.join(", ", new Words.Shells()));
        };
    console.out().print(script);
    console.out().flush();
    return 0;
  }
}
