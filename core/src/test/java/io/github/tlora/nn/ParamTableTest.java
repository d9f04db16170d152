package io.github.tlora.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Parameters from declaration to training. */
class ParamTableTest {
  private final ParamTable table = new ParamTable();
  private NDManager manager;
  private Param base;
  private Param fixed;
  private Param adapter;
  private Param head;

  @BeforeEach
  void declare() {
    manager = Torch.newManager("cpu");
    base = table.declare("w", Role.BASE, Init.zeros(), 5, 4);
    fixed = table.declare("w.a", Role.FIXED, Init.normal(0.5), 4, 3);
    adapter = table.declare("w.b", Role.ADAPTER, Init.normal(0.5), 3);
    head = table.declare("head", Role.HEAD, Init.ones(), 2);
  }

  @AfterEach
  void close_manager() {
    manager.close();
  }

  @Test
  void names_roles_and_shapes_are_known_without_values() {
    assertThat(table.all()).containsExactly(base, fixed, adapter, head);
    assertThat(table.get("w.a")).isSameAs(fixed);
    assertThat(table.get("w.c")).isNull();
    assertThat(fixed.name()).isEqualTo("w.a");
    assertThat(fixed.role()).isEqualTo(Role.FIXED);
    assertThat(fixed.shape()).isEqualTo(new Shape(4, 3));
    assertThat(table.all()).noneMatch(Param::hasValues);
    assertThatThrownBy(base::array)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("w has no values yet");
  }

  @Test
  void a_name_is_declared_once() {
    assertThatThrownBy(() -> table.declare("w.a", Role.HEAD, Init.zeros(), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("declared twice: w.a");
    assertThat(table.get("w.a")).isSameAs(fixed);
  }

  @Test
  void elements_are_counted_by_role() {
    assertThat(table.count(Role.BASE)).isEqualTo(20);
    assertThat(table.count(Role.FIXED)).isEqualTo(12);
    assertThat(table.count(Role.ADAPTER)).isEqualTo(3);
    assertThat(table.count(Role.HEAD)).isEqualTo(2);
    assertThat(table.count(param -> true)).isEqualTo(37);
    assertThat(table.count(param -> param.name().startsWith("w."))).isEqualTo(15);
    assertThat(table.of(Role.HEAD, Role.FIXED)).containsExactly(fixed, head);
    assertThat(table.of()).isEmpty();
  }

  @Test
  void a_count_may_be_larger_than_an_int() {
    table.declare("huge", Role.BASE, Init.zeros(), 100_000, 100_000);
    assertThat(table.count(Role.BASE)).isEqualTo(10_000_000_020L);
  }

  @Test
  void each_parameter_is_drawn_from_the_stream_of_its_name() {
    Seeds seeds = new Seeds(3);
    table.draw(manager, seeds, Role.FIXED, Role.ADAPTER);
    assertThat(fixed.array().getShape()).isEqualTo(new Shape(4, 3));
    assertThat(fixed.array().toFloatArray()).containsExactly(seeds.stream("w.a").normal(12, 0.5));
    assertThat(adapter.array().toFloatArray()).containsExactly(seeds.stream("w.b").normal(3, 0.5));
    assertThat(base.hasValues()).isFalse();
    assertThat(head.hasValues()).isFalse();
  }

  @Test
  void what_has_values_is_not_drawn_again() {
    head.set(manager.create(new float[] {7, 8}));
    table.draw(manager, new Seeds(0), Role.HEAD, Role.ADAPTER);
    float[] drawn = adapter.array().toFloatArray();
    table.draw(manager, new Seeds(1), Role.HEAD, Role.ADAPTER);
    assertThat(head.array().toFloatArray()).containsExactly(7, 8);
    assertThat(adapter.array().toFloatArray()).containsExactly(drawn);
  }

  @Test
  void values_of_another_shape_are_refused() {
    NDArray values = manager.create(new float[] {1, 2, 3});
    assertThatThrownBy(() -> head.set(values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("head has shape (2), not (3)");
    assertThat(head.hasValues()).isFalse();
  }

  @Test
  void new_values_close_the_old_ones() {
    NDArray old = manager.create(new float[] {1, 2});
    head.set(old);
    head.set(manager.create(new float[] {3, 4}));
    assertThat(((PtNDArray) old).isReleased()).isTrue();
    assertThat(head.array().toFloatArray()).containsExactly(3, 4);
  }

  @Test
  void exactly_what_passes_the_test_is_trained() {
    table.train(param -> param.role() == Role.ADAPTER || param.role() == Role.HEAD);
    assertThat(table.trained()).containsExactly(adapter, head);
    table.train(param -> param.role() == Role.ADAPTER);
    assertThat(table.trained()).containsExactly(adapter);
    assertThat(head.isTrained()).isFalse();
  }

  /** The gradients of the sum of squares, or zeros where there is none. */
  private float[] gradient(Param of) {
    try (Scope step = Scope.training(manager)) {
      NDArray trained = adapter.array().mul(adapter.array()).sum();
      step.backward(trained.add(head.array().mul(head.array()).sum()));
      return of.array().getGradient().toFloatArray();
    }
  }

  @Test
  void only_what_is_trained_has_a_gradient_whenever_its_values_came() {
    head.set(manager.create(new float[] {1, 2}));
    table.train(param -> param.role() == Role.ADAPTER); // before its values and after the head's
    adapter.set(manager.create(new float[] {1, 2, 3}));
    assertThat(gradient(adapter)).containsExactly(2, 4, 6);
    assertThat(head.array().hasGradient()).isFalse();
    table.train(param -> param.role() == Role.HEAD);
    assertThat(gradient(head)).containsExactly(2, 4);
    assertThat(adapter.array().hasGradient()).isFalse();
  }
}
