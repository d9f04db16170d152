package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonIgnore;
import io.github.tlora.config.RunConfig;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.Evaluator;
import io.github.tlora.train.Event;
import io.github.tlora.train.Trainer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * What a run takes, measured before it: a few training steps on rows of all lengths, whose memory
 * is then as much in pieces as in training, two on the longest rows, which make the peak, and one
 * look at the longest rows that are scored. Nothing is written.
 */
public final class Probe {
  private static final int STEPS_OF_ALL = 6;
  private static final int STEPS_OF_LONGEST = 2;

  /** Tokens are counted of so many times the rows that are taken: those of most characters. */
  private static final int CANDIDATES = 4;

  /** Rows whose mean length stands for a split's. */
  private static final int SAMPLE = 256;

  /** A row's ids and types on the heap, for each token. */
  private static final int BYTES_A_TOKEN = 16;

  private final SequenceClassifier model;
  private final RunConfig config;
  private final RowEncoder encoder;
  private final NDManager manager;
  private final BatchLimit limit;

  /**
   * What was measured.
   *
   * @param memory the run's, from the peak of this process; null where the system or the device
   *     does not tell
   * @param stepSeconds of a step whose micro-batches are all the longest
   * @param seconds of the run's steps and evaluations
   */
  public record Result(@JsonIgnore MemoryEstimate memory, double stepSeconds, double seconds) {}

  /** Prepares; {@code model} has all of its values, and training changes them. */
  Probe(SequenceClassifier model, RunConfig config, RowEncoder encoder, NDManager manager) {
    this.model = model;
    this.config = config;
    this.encoder = encoder;
    this.manager = manager;
    this.limit = config.train().batchLimit();
  }

  /**
   * Measures.
   *
   * @param steps of the whole run
   */
  Result run(Task task, List<Example> train, List<Example> dev, long steps) {
    double meanTrained = meanLength(train);
    int batch = limit.rowsOf((int) Math.ceil(meanTrained));
    boolean onCpu = Torch.isOnCpu(manager);
    Rows trained = longest(train, batch);
    // On a CPU every worker scores a batch of its own.
    Rows scored = longest(dev, config.train().evalBatchSize() * (onCpu ? Torch.threads() : 1));
    double meanScored = meanLength(dev);
    long settled = Resources.residentBytes();
    int each = batch * config.train().accumulationSteps();
    double step = train(task, encoder.encode(spread(train, STEPS_OF_ALL * each)), STEPS_OF_ALL);
    double longestStep = train(task, trained, STEPS_OF_LONGEST);
    long started = System.nanoTime();
    Evaluator.logits(model, scored, config.train().evalBatchSize(), manager);
    double scoring = (System.nanoTime() - started) / 1e9 / scored.size(); // a row
    long tokens = (long) (meanTrained * train.size() + meanScored * dev.size());
    double evaluations =
        (double) config.train().epochs() * dev.size() * meanScored / mostTokens(scored);
    return new Result(
        onCpu && settled > 0
            ? MemoryEstimate.measured(
                model, settled, Resources.peakResidentBytes(), BYTES_A_TOKEN * tokens)
            : null,
        longestStep,
        steps * step + evaluations * scoring);
  }

  /** Seconds a step of {@code steps} on {@code rows}, again and again, the first not counted. */
  private double train(Task task, Rows rows, int steps) {
    // A step more than are made: after an epoch's last one the dev split would be scored.
    int most = limit.rowsOf(Arrays.stream(rows.lengths()).min().orElse(0));
    int count = (steps + 1) * config.train().accumulationSteps() * most;
    int[] repeated = IntStream.range(0, count).map(i -> i % rows.size()).toArray();
    AtomicLong done = new AtomicLong();
    long[] ended = new long[steps + 1];
    new Trainer(model, config.train().stepsAlone(), new Seeds(config.seed()), manager)
        .fit(
            rows.only(repeated),
            Map.of(),
            task,
            event -> {
              if (event instanceof Event.Stepped) {
                done.set(event.step());
                ended[(int) event.step()] = System.nanoTime();
              }
            },
            () -> done.get() == steps);
    return (ended[steps] - ended[1]) / 1e9 / (steps - 1);
  }

  /** The {@code count} rows of most tokens, or what there is. */
  private Rows longest(List<Example> examples, int count) {
    List<Example> candidates =
        examples.stream()
            .sorted(Comparator.comparingInt(Example::characters).reversed())
            .limit((long) CANDIDATES * count)
            .toList();
    Rows rows = encoder.encode(candidates);
    return rows.only(Batches.byLength(rows.lengths(), BatchLimit.ofRows(count)).get(0));
  }

  /** Tokens of a row of {@code examples}. */
  private double meanLength(List<Example> examples) {
    return Arrays.stream(encoder.encode(spread(examples, SAMPLE)).lengths()).average().orElse(0);
  }

  /** At most {@code most} of {@code examples}, at equal distances. */
  private static List<Example> spread(List<Example> examples, int most) {
    int count = Math.min(most, examples.size());
    return IntStream.range(0, count)
        .mapToObj(i -> examples.get((int) ((long) i * examples.size() / count)))
        .toList();
  }

  private static double mostTokens(Rows rows) {
    return Arrays.stream(rows.lengths()).max().orElse(1);
  }
}
