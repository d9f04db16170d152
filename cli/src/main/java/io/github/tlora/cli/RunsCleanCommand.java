package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.run.RunsCleaning;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tlora runs clean}. */
@Command(
    name = "clean",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionLine.class,
    header = "Remove runs that came to nothing.",
    description =
        "Failed runs, interrupted ones without a checkpoint, and half-written files of others."
            + " Lists them, and removes them with --yes alone. Never one that is running, never a"
            + " directory that is no run.",
    footer = {
      "",
      "Examples:",
      "  tlora runs clean",
      "  tlora runs clean sweeps/rank --keep-best 3 --yes"
    })
final class RunsCleanCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private RunsCommand.RunPlaces places;

  @Option(
      names = "--keep-best",
      paramLabel = "N",
      description = "Of each task's complete runs remove all but the N best, too.")
  private Integer keepBest;

  @Option(names = "--yes", description = "Remove what is listed.")
  private boolean yes;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  RunsCleanCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunsCleaning.Result result =
        RunsCleaning.clean(places.directories(), keepBest, yes, console::warn);
    console.answer(json, result, text(result));
    if (!yes && !result.items().isEmpty()) {
      console.say("nothing is removed yet: add --yes");
    }
    return 0;
  }

  private static String text(RunsCleaning.Result result) {
    if (result.items().isEmpty()) {
      return "nothing to remove";
    }
    List<List<String>> rows = new ArrayList<>();
    for (RunsCleaning.Item item : result.items()) {
      rows.add(List.of(item.path(), item.why(), Quantity.size(item.bytes())));
    }
    return TextTable.of(rows, Set.of(0, 1))
        + System.lineSeparator()
        + (result.removed() ? "removed, " : "would free ")
        + Quantity.size(result.bytes())
        + (result.removed() ? " freed" : "");
  }
}
