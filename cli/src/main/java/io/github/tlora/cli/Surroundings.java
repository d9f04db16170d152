package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.Version;
import io.github.tlora.run.Environment;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.ParseResult;

/** What {@code --verbose} says first: what a fault may come from. */
final class Surroundings {
  private Surroundings() {}

  /** Lines about program, machine and places, for {@code command} as it was called. */
  static List<String> of(ParseResult command) {
    Runtime runtime = Runtime.getRuntime();
    Environment places = Environment.current();
    return List.of(
        "version "
            + Version.current()
            + ", commit "
            + Version.revision()
            + ", DJL "
            + Version.djl(),
        "Java "
            + System.getProperty("java.version")
            + " at "
            + System.getProperty("java.home")
            + ", heap up to "
            + Quantity.bytes(runtime.maxMemory()),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " on "
            + System.getProperty("os.arch")
            + ", "
            + runtime.availableProcessors()
            + " processors",
        "device "
            + command.matchedOptionValue("--device", "as configured, or cpu")
            + ", threads "
            + command.matchedOptionValue("--threads", "as configured, or every core"),
        "models and data in " + places.home() + ", Hugging Face's in " + places.hub(),
        "working directory " + Path.of("").toAbsolutePath(),
        "command line: "
            + String.join(
                " ", command.commandSpec().root().commandLine().getParseResult().originalArgs()));
  }
}
