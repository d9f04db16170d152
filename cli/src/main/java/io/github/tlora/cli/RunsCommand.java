package io.github.tlora.cli;

import io.github.tlora.run.RunList;
import io.github.tlora.run.RunSummary;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora runs}, which is {@code tlora runs list}. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    header = "List runs, best first; compare them, clean up.",
    description =
        "Tasks are listed one after the other, and so are rows of the bundled sample, whose scores"
            + " are no GLUE scores: scores of different rows are never ranked together.",
    synopsisSubcommandLabel = "[COMMAND]",
    subcommands = {RunsCommand.ListCommand.class, RunsCompareCommand.class, RunsCleanCommand.class},
    footer = {
      "",
      "Examples:",
      "  tlora runs",
      "  tlora runs list sweeps/rank --task cola --sort started",
      "  tlora runs compare runs/a runs/b",
      "  tlora runs clean --keep-best 3"
    })
final class RunsCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private Listing listing;

  RunsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    return listing.print(console);
  }

  /** {@code tlora runs list}. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      versionProvider = Main.VersionLine.class,
      header = "List runs, best first.",
      footer = {"", "Examples:", "  tlora runs list --status failed", "  tlora runs list --json"})
  static final class ListCommand implements Callable<Integer> {
    private final Console console;

    @Mixin private Listing listing;

    ListCommand(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      return listing.print(console);
    }
  }

  /** What is to be listed, and how. */
  static final class Listing {
    @Mixin private RunPlaces places;

    @Option(names = "--task", paramLabel = "TASK", description = "Only runs of this task.")
    private String task;

    @Option(names = "--method", paramLabel = "METHOD", description = "Only runs of this method.")
    private String method;

    @Option(
        names = "--status",
        paramLabel = "STATUS",
        description = "Only complete, running, interrupted or failed ones.")
    private String status;

    @Option(
        names = "--sort",
        paramLabel = "ORDER",
        defaultValue = "score",
        description = "score (default), started, name, parameters or time.")
    private RunList.Order order;

    @Option(names = "--json", description = "Answer as a JSON array.")
    private boolean json;

    int print(Console console) {
      List<RunSummary> runs =
          RunList.of(
              places.directories(), new RunList.Filter(task, method, status), order, console::warn);
      console.answer(json, runs, runs.isEmpty() ? "no runs" : RunsTable.of(runs, console.width()));
      return 0;
    }
  }

  /** Where runs are looked for. */
  static final class RunPlaces {
    @Parameters(
        paramLabel = "DIR",
        arity = "0..*",
        description = "Directories of runs, or runs (default: runs).")
    private List<Path> given;

    List<Path> directories() {
      return given == null ? List.of(Path.of("runs")) : given;
    }
  }
}
