package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.tensor.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tlora manpages}. */
@Command(
    name = "manpages",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Write the manual pages of all commands.",
    description =
        "A distribution has them in share/man, where man finds them when its bin is on the path.",
    footer = {"", "Examples:", "  tlora manpages -o ~/.local/share/man/man1", "  man tlora-train"})
final class ManpagesCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Their directory, made where it is not there; pages in it are replaced.")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON: an array of the files.")
  private boolean json;

  ManpagesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Map<String, String> pages = ManPage.of(spec.root().commandLine());
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": the directory cannot be made", e);
    }
    List<String> files = new ArrayList<>();
    pages.forEach(
        (name, page) -> {
          Path file = output.resolve(name);
          AtomicFile.write(file, page);
          files.add(file.toString());
        });
    console.answer(json, files, output + ": " + files.size() + " pages");
    return 0;
  }
}
