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
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.train.Event;
import io.github.tlora.train.Trainer;
import java.nio.file.Path;
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
  private final Path optimizer; // to go on from; or null
  private Manifest manifest;
  private RunState state;
  private double timeToFirstStep;
  private RunLogs logs = RunLogs.NONE;

  private RunRecorder(
      TrainRun run, RunDirectory directory, Manifest manifest, RunState state, Path optimizer) {
    this.run = run;
    this.directory = directory;
    this.manifest = manifest;
    this.state = state;
    this.optimizer = optimizer;
    directory.write(RunDirectory.CONFIG, ConfigWriter.toYaml(run.config()));
    if (run.task() instanceof TableTask own) {
      directory.write(RunDirectory.TASK, TaskFile.toYaml(own));
    }
    directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
    provenance = run.provenance();
    directory.write(RunDirectory.PROVENANCE, provenance.toJson() + "\n");
  }

  /** Begins a run in a new directory. */
  static RunRecorder begin(TrainRun run, RunDirectory directory, List<String> argv) {
    Manifest manifest =
        Manifest.started(
            Instant.now().toString(), argv, run.environment(), run.config().seed(), run.hashes());
    return new RunRecorder(run, directory, manifest, RunState.START, null);
  }

  /** Goes on with a run. */
  static RunRecorder goOn(TrainRun run, Resumption from, List<String> argv) {
    from.directory().cutMetrics(from.state().step());
    Manifest manifest =
        from.manifest()
            .resumed(new Manifest.Resumed(Instant.now().toString(), from.state().step(), argv));
    return new RunRecorder(run, from.directory(), manifest, from.state(), from.optimizer());
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
      logs = RunLogs.open(run, directory.path(), state.step(), text -> warn(text, listener));
      Trainer.Outcome outcome =
          trainer.fit(
              trainTokens,
              devTokens,
              run.task(),
              event -> {
                hear(event, trainer);
                listener.accept(event);
              },
              stop,
              optimizer);
      if (outcome.end() == Trainer.End.STOPPED) {
        end(Manifest.INTERRUPTED);
        return Optional.empty();
      }
      directory.write(
          RunDirectory.PROVENANCE,
          provenance.with(Origin.outcome(directory.path())).toJson() + "\n");
      TrainResult result = result(outcome, trainer.gpuBytes());
      directory.write(
          RunDirectory.ADAPTER + "/" + ModelCard.FILE, ModelCard.of(run, adapterConfig(), result));
      directory.write(RunDirectory.RESULT, Json.pretty(result) + "\n");
      end(Manifest.COMPLETE);
      return Optional.of(result);
    } catch (RuntimeException e) {
      directory.log(e);
      end(Manifest.FAILED);
      throw e;
    }
  }

  private void hear(Event event, Trainer trainer) {
    logs.accept(event);
    if (event instanceof Event.Evaluated evaluated) {
      directory.metric(event);
      TrainResult.Score score =
          new TrainResult.Score(
              evaluated.step(), evaluated.epoch(), evaluated.metrics(), evaluated.warnings());
      state = state.evaluated(score, evaluated.isBest());
      if (evaluated.isBest()) {
        directory.replace(RunDirectory.ADAPTER, this::writeAdapter);
        ScoredRows.write(evaluated.scored(), directory);
      }
      save(trainer);
      directory.log("evaluated " + Json.line(score));
    } else if (event instanceof Event.Saved) {
      state = state.at(event.step(), event.epoch());
      save(trainer);
      directory.log("saved after step " + event.step());
    } else {
      directory.metric(event);
      timeToFirstStep = timeToFirstStep > 0 ? timeToFirstStep : Resources.secondsSinceStart();
    }
  }

  private void writeAdapter(Path to) {
    AdapterFile.write(to, run.model(), adapterConfig(), run.files());
  }

  /** All that the run needs to go on from here. */
  private void save(Trainer trainer) {
    directory.replace(
        RunDirectory.LAST,
        to -> {
          writeAdapter(to);
          trainer.saveState(to.resolve(RunState.OPTIMIZER));
          AtomicFile.write(to.resolve(RunState.FILE), Json.pretty(state) + "\n");
        });
    int kept = run.config().train().checkpoints().keep();
    if (kept > 0) {
      directory.keepCheckpoint(state.step(), kept);
    }
  }

  private void warn(String text, Consumer<Event> listener) {
    directory.log("warning: " + text);
    listener.accept(new Event.Warned(state.step(), state.epoch(), text));
  }

  private void end(String how) {
    manifest = manifest.ended(Instant.now().toString(), how);
    directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
    directory.log(how);
    logs.end(how);
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
        state.best(),
        state.last(),
        outcome.end(),
        baseline,
        baseline == null ? null : state.best().above(baseline),
        aSecond(outcome.examples(), outcome),
        aSecond(outcome.tokens(), outcome),
        timeToFirstStep,
        Resources.secondsSinceStart(),
        peak,
        gpuBytes.isPresent() ? gpuBytes.getAsLong() : null);
  }

  /** 0 where a run goes on that had but its result to write. */
  private static double aSecond(long count, Trainer.Outcome outcome) {
    return outcome.seconds() > 0 ? count / outcome.seconds() : 0;
  }
}
