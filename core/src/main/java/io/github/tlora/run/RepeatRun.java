package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.provenance.RunProvenance;
import io.github.tlora.train.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Trains a run again from what its directory records, and says what differs. */
public final class RepeatRun {
  private final Path run;
  private final Map<String, String> recorded;
  private final TrainRun training;

  /**
   * What repeating came to.
   *
   * @param run the directory as given
   * @param repeated the new run's directory
   * @param identical whether scores, losses and adapters are the same, to the last byte
   * @param inputs what the run started from and is not what it was
   * @param differences between what the two runs came to
   * @param scores that were compared
   * @param losses that were compared
   * @param files of the adapters that were compared
   */
  public record Result(
      String run,
      String repeated,
      boolean identical,
      List<Difference> inputs,
      List<Difference> differences,
      int scores,
      int losses,
      int files) {}

  /**
   * Checks everything that needs no weights.
   *
   * @param run a complete run's directory
   * @throws UserError exit 3 when it is none, or what it needs is gone
   */
  public RepeatRun(Path run, Environment places) {
    this.run = run;
    for (String file : List.of(RunDirectory.CONFIG, RunDirectory.RESULT)) {
      if (!Files.isRegularFile(run.resolve(file))) {
        throw UserError.file(
            run + ": has no " + file + ": it is not the directory of a complete run");
      }
    }
    this.recorded = RunProvenance.read(run.resolve(RunDirectory.PROVENANCE)).items();
    this.training =
        new TrainRun(new Layers().file(run.resolve(RunDirectory.CONFIG)).resolve(), places);
  }

  /** What is about to be trained. */
  public TrainRun.Plan plan() {
    return training.plan();
  }

  /**
   * Trains again.
   *
   * @param output the new directory, which must not exist; null makes {@code runs/...}
   * @param argv the command line, for the manifest
   * @param changed hears what is not as it was, before the first step; nothing where all is
   * @return what differs; empty when the run was told to stop
   */
  public Optional<Result> run(
      Path output,
      List<String> argv,
      Consumer<List<Difference>> changed,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    return training
        .run(output, argv, () -> changed.accept(inputs()), listener, stop)
        .map(this::compared);
  }

  /** What differs in what the run starts from; its adapters, too, must be those that it wrote. */
  private List<Difference> inputs() {
    Map<String, String> now = training.provenance().with(Origin.outcome(run)).items();
    return Difference.between(recorded, now);
  }

  private Result compared(TrainResult repeated) {
    RunComparison.Compared compared = new RunComparison(run, Path.of(repeated.run())).compare();
    return new Result(
        run.toString(),
        repeated.run(),
        compared.differences().isEmpty(),
        inputs(),
        compared.differences(),
        compared.scores(),
        compared.losses(),
        compared.files());
  }
}
