package io.github.tlora.cli;

import io.github.tlora.config.ConfigPage;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tlora config docs}. */
@Command(
    name = "docs",
    mixinStandardHelpOptions = true,
    header = "Print the reference page of every setting, as Markdown.",
    footer = {"", "Examples:", "  tlora config docs | less"})
final class ConfigDocsCommand implements Callable<Integer> {
  private final Console console;

  ConfigDocsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.answer(false, null, ConfigPage.markdown().stripTrailing());
    return 0;
  }
}
