package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a step leaves behind: nothing, unless it is told to. */
class ScopeTest {
  private NDManager manager;
  private NDArray weight;

  @BeforeEach
  void open_manager() {
    manager = Torch.newManager("cpu");
    try (NDArray fromJava = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2))) {
      weight = fromJava.duplicate();
    }
    weight.setRequiresGradient(true);
  }

  @AfterEach
  void close_manager() {
    manager.close();
  }

  private static boolean isOpen(NDArray array) {
    return !((PtNDArray) array).isReleased();
  }

  @Test
  void nothing_escapes_a_step() {
    List<NDArray> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      try (Scope step = Scope.training(manager)) {
        NDArray x = step.manager().ones(new Shape(3, 2));
        made.add(x);
        made.add(Ops.linear(x, weight, null));
        // Results whose first operand is a weight go to the weight's manager.
        NDArray square = weight.matMul(weight);
        assertThat(square.getManager()).isSameAs(manager);
        made.add(square);
        NDArray loss = square.sum();
        step.backward(loss);
        made.add(loss);
        made.add(weight.getGradient());
        assertThat(made).filteredOn(ScopeTest::isOpen).hasSize(5);
      }
      assertThat(made).noneMatch(ScopeTest::isOpen);
      assertThat(manager.getManagedArrays()).containsExactly(weight);
      made.clear();
    }
    assertThat(isOpen(weight)).isTrue();
  }

  @Test
  void a_step_that_fails_leaves_nothing_either() {
    boolean before = JniUtils.isGradMode();
    assertThatThrownBy(
            () -> {
              try (Scope step = Scope.training(manager)) {
                NDArray x = step.manager().ones(new Shape(3, 5));
                Ops.linear(weight.matMul(weight), x, null);
              }
            })
        .isInstanceOf(EngineException.class);
    assertThat(manager.getManagedArrays()).containsExactly(weight);
    assertThat(JniUtils.isGradMode()).isEqualTo(before);
  }

  @Test
  void what_is_kept_lives_on_with_its_new_owner() {
    NDArray kept;
    NDArray other;
    try (Scope step = Scope.inference(manager)) {
      other = weight.matMul(weight);
      kept = step.keep(Ops.linear(step.manager().ones(new Shape(1, 2)), weight, null), manager);
    }
    assertThat(isOpen(other)).isFalse();
    assertThat(kept.toFloatArray()).containsExactly(3, 7);
    assertThat(kept.getManager()).isSameAs(manager);
    kept.close();
    assertThat(manager.getManagedArrays()).containsExactly(weight);
  }

  @Test
  void what_an_inner_scope_keeps_closes_with_the_inner_scope_around_it() {
    try (Scope step = Scope.training(manager)) {
      NDArray x = step.manager().ones(new Shape(1, 2));
      NDArray result;
      NDArray last;
      try (Scope.Inner outer = Scope.inner()) {
        try (Scope.Inner inner = Scope.inner()) {
          result = inner.keep(Ops.tanh(x));
        }
        last = outer.keep(Ops.tanh(result));
      }
      assertThat(isOpen(result)).isFalse();
      assertThat(isOpen(last)).isTrue();
    }
  }

  @Test
  void inner_results_close_early_and_the_kept_one_with_the_step() {
    NDArray middle;
    NDArray result;
    try (Scope step = Scope.training(manager)) {
      NDArray x = step.manager().ones(new Shape(1, 2));
      try (Scope.Inner inner = Scope.inner()) {
        middle = Ops.linear(x, weight, null);
        result = inner.keep(Ops.tanh(middle));
      }
      assertThat(isOpen(middle)).isFalse();
      assertThat(isOpen(result)).isTrue();
      // Autograd still has what it needs of the closed one.
      step.backward(result.sum());
      double[] slopes = {1 - Math.pow(Math.tanh(3), 2), 1 - Math.pow(Math.tanh(7), 2)};
      float[] gradient = weight.getGradient().toFloatArray();
      assertThat(gradient).hasSize(4);
      for (int i = 0; i < 4; i++) {
        assertThat(Math.abs(gradient[i] - slopes[i / 2])).isLessThan(1e-6);
      }
    }
    assertThat(isOpen(result)).isFalse();
  }

  @Test
  void gradients_are_recorded_in_training_only() {
    try (Scope step = Scope.training(manager)) {
      step.backward(weight.mul(weight).sum());
      assertThat(weight.getGradient().toFloatArray()).containsExactly(2, 4, 6, 8);
    }
    try (Scope step = Scope.inference(manager)) {
      NDArray loss = weight.mul(weight).sum();
      assertThatThrownBy(() -> step.backward(loss)).isInstanceOf(EngineException.class);
    }
  }

  @Test
  void the_mode_before_a_step_comes_back_after_it() {
    boolean atStart = JniUtils.isGradMode();
    try (Scope training = Scope.training(manager)) {
      assertThat(training.manager().isOpen()).isTrue();
      assertThat(JniUtils.isGradMode()).isTrue();
      try (Scope inference = Scope.inference(manager)) {
        assertThat(inference.manager().isOpen()).isTrue();
        assertThat(JniUtils.isGradMode()).isFalse();
      }
      assertThat(JniUtils.isGradMode()).isTrue();
    }
    assertThat(JniUtils.isGradMode()).isEqualTo(atStart);
  }

  @Test
  void a_new_thread_records_nothing_in_inference() {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      CompletableFuture.runAsync(
              () -> {
                // The trap: DJL switches gradients off only for the thread that started it.
                assertThat(JniUtils.isGradMode()).isTrue();
                try (Scope step = Scope.inference(manager)) {
                  assertThat(JniUtils.isGradMode()).isFalse();
                  NDArray loss = Ops.linear(weight, weight, null).sum();
                  assertThatThrownBy(() -> step.backward(loss))
                      .isInstanceOf(EngineException.class)
                      .hasMessageContaining("does not require grad");
                }
                assertThat(JniUtils.isGradMode()).isTrue();
              },
              thread)
          .join();
    } finally {
      thread.shutdownNow();
    }
    assertThat(weight.getGradient().toFloatArray()).containsOnly(0);
  }
}
