package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to compute less gives the loss and the gradients of the plain way. */
class ExactPathsTest {
  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  static Stream<Arguments> every_method_on_every_family() {
    return TinyMethods.onEveryFamily();
  }

  private interface Path {
    double backward(SequenceClassifier model, Input input, Scope step);
  }

  private static NDArray loss(NDArray logits) {
    long[] classes = {0, 1, 1, 0};
    return Ops.crossEntropy(logits, logits.getManager().create(classes), 1);
  }

  /** All positions of all layers, as the golden tests compare them with PyTorch's. */
  private static double plain(SequenceClassifier model, Input input, Scope step, boolean training) {
    List<NDArray> states = model.encoder().hiddenStates(input, training);
    NDArray loss = loss(model.head().logits(states.get(states.size() - 1), input, training));
    step.backward(loss);
    return loss.getFloat();
  }

  private static double pruned(
      SequenceClassifier model, Input input, Scope step, boolean training) {
    NDArray loss = loss(model.logits(input, training));
    step.backward(loss);
    return loss.getFloat();
  }

  private static double checkpointed(SequenceClassifier model, Input input, Scope step) {
    return CheckpointedBackward.run(model, input, ExactPathsTest::loss, step).getFloat();
  }

  /** Loss and gradients of two batches in a row, so that the second shows what the first left. */
  private static Map<String, float[]> results(SequenceClassifier model, Family family, Path path) {
    Torch.seed(7);
    Map<String, float[]> results = new LinkedHashMap<>();
    for (int batch = 0; batch < 2; batch++) {
      try (Scope step = Scope.training(manager)) {
        Input input = TinyMethods.input(family, step.manager());
        double loss = path.backward(model, input, step);
        results.put("loss " + batch, new float[] {(float) loss});
        for (Param param : model.params().trained()) {
          NDArray gradient = param.array().getGradient();
          results.put(batch + " " + param.name(), gradient.toFloatArray());
        }
      }
    }
    model.params().trained().forEach(param -> JniUtils.zeroGrad((PtNDArray) param.array()));
    return results;
  }

  /** Equal up to 1e-5 of the tensor's largest element: its elements are sums of such terms. */
  private static void assertSame(Map<String, float[]> ours, Map<String, float[]> plain) {
    assertThat(ours.keySet()).isEqualTo(plain.keySet());
    plain.forEach(
        (name, wanted) -> {
          float[] values = ours.get(name);
          double largest = 1;
          for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
          }
          for (int i = 0; i < wanted.length; i++) {
            assertThat((double) values[i])
                .as("%s [%d]", name, i)
                .isCloseTo(wanted[i], within(1e-5 * largest));
          }
        });
  }

  private static double size(Map<String, float[]> results, ToDoubleFunction<float[]> of) {
    return results.values().stream().mapToDouble(of).sum();
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void a_last_layer_of_one_position_changes_no_gradient(String name, Family family) {
    SequenceClassifier model = moved(name, family, 0);
    Map<String, float[]> plain = results(model, family, (m, in, step) -> plain(m, in, step, false));
    assertThat(size(plain, gradient -> Math.abs(gradient[0]))).isGreaterThan(0.1);
    assertSame(results(model, family, (m, in, step) -> pruned(m, in, step, false)), plain);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void layers_that_are_computed_twice_draw_the_same_masks(String name, Family family) {
    SequenceClassifier model = moved(name, family, 0.3);
    Map<String, float[]> once = results(model, family, (m, in, step) -> pruned(m, in, step, true));
    assertThat(once.get("loss 1")).isNotEqualTo(once.get("loss 0")); // dropout is on
    assertSame(results(model, family, ExactPathsTest::checkpointed), once);
  }

  /** Products of packed weights, between which the graph is cut. */
  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void packed_weights_change_no_gradient(String name, Family family) {
    SequenceClassifier model = moved(name, family, 0.3);
    Map<String, float[]> plain = results(model, family, (m, in, step) -> pruned(m, in, step, true));
    model.pack(true);
    long packed = model.projections().stream().filter(p -> p.weight().packed().isPresent()).count();
    assertThat(packed == 0).isEqualTo(model.projections().get(0).weight().isTrained());
    assertSame(results(model, family, (m, in, step) -> pruned(m, in, step, true)), plain);
    assertSame(results(model, family, ExactPathsTest::checkpointed), plain);
  }

  /** Rows of a batch in one, two and three parts, each on a thread: the same masks, row by row. */
  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void parts_on_several_threads_change_no_gradient(String name, Family family) {
    SequenceClassifier model = moved(name, family, 0.3);
    int[] lengths = {31, 40, 12, 25, 40, 33, 8, 27, 19, 36, 40};
    Rows rows = TinyTask.rows(family, lengths);
    int threads = Torch.threads();
    try {
      Map<String, float[]> whole = inParts(model, rows, 1);
      assertThat(size(whole, gradient -> Math.abs(gradient[0]))).isGreaterThan(0.1);
      assertSame(inParts(model, rows, 2), whole);
      Map<String, float[]> three = inParts(model, rows, 3);
      assertSame(three, whole);
      Map<String, float[]> again = inParts(model, rows, 3); // whichever thread is done first
      three.forEach((param, values) -> assertThat(again.get(param)).containsExactly(values));
    } finally {
      Torch.setThreads(threads);
    }
  }

  private static Map<String, float[]> inParts(SequenceClassifier model, Rows rows, int threads) {
    Torch.setThreads(threads);
    Map<String, float[]> results = new LinkedHashMap<>();
    TrainSettings settings = TrainSettings.defaults();
    try (BatchGradients gradients =
        new BatchGradients(model, settings, null, rows, new StageTimes(), manager)) {
      for (int batch = 0; batch < 2; batch++) {
        int[] all = IntStream.range(0, rows.size()).toArray();
        results.put("loss", new float[] {(float) gradients.add(all, all.length, 5).read()});
      }
    }
    for (Param param : model.params().trained()) {
      try (NDArray gradient = param.array().getGradient()) {
        results.put(param.name(), gradient.toFloatArray());
      }
      JniUtils.zeroGrad((PtNDArray) param.array());
    }
    return results;
  }

  private static SequenceClassifier moved(String name, Family family, double dropout) {
    TinyEncoder encoder = TinyEncoder.of(family).withDropout(dropout);
    // A small adapter: a large one makes large numbers of the rounding of the products.
    return TinyMethods.moved(TinyMethods.of(name), encoder, 0.1, manager);
  }
}
