package io.github.tlora.run;

import io.github.tlora.Sha256;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Rows;
import io.github.tlora.data.TableTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.provenance.RunProvenance;
import io.github.tlora.train.Event;
import io.github.tlora.train.Trainer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Writes a run's directory while its training goes on. */
final class RunRecorder {
  private final TrainRun run;
  private final RunDirectory directory;
  private final RunProvenance provenance;
  private Manifest manifest;
  private TrainResult.Score best;
  private TrainResult.Score last;
  private double timeToFirstStep;

  RunRecorder(TrainRun run, RunDirectory directory, List<String> argv) {
    this.run = run;
    this.directory = directory;
    directory.write(RunDirectory.CONFIG, ConfigWriter.toYaml(run.config()));
    if (run.task() instanceof TableTask own) {
      directory.write(RunDirectory.TASK, TaskFile.toYaml(own));
    }
    manifest =
        Manifest.started(
            Instant.now().toString(),
            argv,
            run.environment(),
            run.config().seed(),
            new Manifest.Hashes(
                run.train().sha256(),
                run.devHash(),
                run.model().baseHash(),
                run.start().map(InitFrom.Start::sha256).orElse(null)));
    directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
    provenance = run.provenance();
    directory.write(RunDirectory.PROVENANCE, provenance.toJson() + "\n");
  }

  /**
   * Trains, and writes down what happens.
   *
   * @return the result; empty when training was told to stop
   */
  Optional<TrainResult> record(
      Trainer trainer,
      Rows trainTokens,
      Map<String, Rows> devTokens,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    try {
      directory.log("training " + run.plan());
      Trainer.Outcome outcome =
          trainer.fit(
              trainTokens,
              devTokens,
              run.task(),
              event -> {
                hear(event);
                listener.accept(event);
              },
              stop);
      if (!outcome.isComplete()) {
        end("interrupted");
        return Optional.empty();
      }
      directory.write(
          RunDirectory.PROVENANCE,
          provenance.with(Origin.outcome(directory.path())).toJson() + "\n");
      TrainResult result = result(outcome, trainer.gpuBytes());
      directory.write(RunDirectory.RESULT, Json.pretty(result) + "\n");
      end("complete");
      return Optional.of(result);
    } catch (RuntimeException e) {
      directory.log(e);
      end("failed");
      throw e;
    }
  }

  private void hear(Event event) {
    directory.metric(event);
    if (event instanceof Event.Evaluated evaluated) {
      last =
          new TrainResult.Score(
              evaluated.step(), evaluated.epoch(), evaluated.metrics(), evaluated.warnings());
      AdapterFile.write(directory.last(), run.model(), adapterConfig(), run.files());
      if (evaluated.isBest()) {
        best = last;
        AdapterFile.write(directory.adapter(), run.model(), adapterConfig(), run.files());
        ScoredRows.write(evaluated.scored(), directory);
      }
      directory.log("evaluated " + Json.line(last));
    } else if (event.step() == 1) {
      timeToFirstStep = Resources.secondsSinceStart();
    }
  }

  private void end(String how) {
    manifest = manifest.ended(Instant.now().toString(), how);
    directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
    directory.log(how);
  }

  private AdapterConfig adapterConfig() {
    return new AdapterConfig(
        run.config().adapter(),
        AdapterConfig.BaseModel.of(
            run.config().model().name(), run.files(), run.config().model().dtype(), run.model()),
        run.task().key(),
        run.task().labels(),
        run.model().headSettings(),
        run.config().train().maxLength(),
        fixedSeed(),
        run.task() instanceof TableTask own ? own.withoutFiles() : null);
  }

  /** What frozen matrices are drawn with: those of another adapter came from its seed. */
  private long fixedSeed() {
    return run.initFrom().map(other -> other.config().seed()).orElse(run.config().seed());
  }

  /** After training, so that nothing waits for it; once for the same rows. */
  private Optional<BaselineRun.Result> baseline() {
    return run.config().baseline()
        ? Optional.of(
            BaselineRun.of(
                run.dataset(), run.trainRows(), BaselineRun.rows(run.dev()), run.environment()))
        : Optional.empty();
  }

  private TrainResult result(Trainer.Outcome outcome, OptionalLong gpuBytes) {
    TrainRun.Plan plan = run.plan();
    TableTask drawn = run.dataset().drawsDev() ? (TableTask) run.task() : null;
    long peak = Resources.peakResidentBytes(); // of training alone
    Map<Metric, Double> baseline = baseline().map(BaselineRun.Result::metrics).orElse(null);
    return new TrainResult(
        directory.path().toString(),
        run.task().key(),
        new TrainResult.Data(
            run.dataset().name(),
            run.dataset().isSample(),
            plan.trainRows(),
            plan.devRows(),
            Sha256.of(run.train().sha256() + run.devHash()),
            run.skippedRows(),
            drawn == null ? null : drawn.devFraction(),
            drawn == null ? null : drawn.devSeed()),
        run.files().id(),
        run.config().adapter().methodName(),
        run.config().adapter().rank(),
        run.config().seed(),
        new TrainResult.Parameters(plan.adapter(), plan.head(), plan.trainable(), plan.total()),
        best,
        last,
        baseline,
        baseline == null ? null : best.above(baseline),
        outcome.examples() / outcome.seconds(),
        outcome.tokens() / outcome.seconds(),
        timeToFirstStep,
        Resources.secondsSinceStart(),
        peak,
        gpuBytes.isPresent() ? gpuBytes.getAsLong() : null);
  }
}
