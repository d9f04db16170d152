package io.github.tlora.cli;

import io.github.tlora.config.ConfigSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tlora config schema}. */
@Command(
    name = "schema",
    mixinStandardHelpOptions = true,
    header = "Print the JSON Schema of a configuration file.",
    description = {
      "For editors with a YAML language server: write it to a file beside your configuration, and"
          + " begin that with the line '# yaml-language-server: $schema=tlora.schema.json'."
    },
    footer = {"", "Examples:", "  tlora config schema > tlora.schema.json"})
final class ConfigSchemaCommand implements Callable<Integer> {
  private final Console console;

  ConfigSchemaCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.answer(true, ConfigSchema.document(), "");
    return 0;
  }
}
