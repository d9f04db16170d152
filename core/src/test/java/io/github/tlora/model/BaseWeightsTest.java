package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a checkpoint's tensors find their parameters. */
class BaseWeightsTest {
  private final ParamTable table = new ParamTable();
  private NDManager manager;

  @BeforeEach
  void declare() {
    manager = Torch.newManager("cpu");
    table.declare("bert.w", Role.BASE, Init.zeros(), 2, 3);
    table.declare("bert.LayerNorm.weight", Role.BASE, Init.zeros(), 3);
    table.declare("bert.LayerNorm.bias", Role.BASE, Init.zeros(), 3);
  }

  @AfterEach
  void close_manager() {
    manager.close();
  }

  /** Tensors in memory. */
  private static final class Tensors implements WeightSource {
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, ByteBuffer> values = new LinkedHashMap<>();

    Tensors with(String name, float first, long... shape) {
      int count = 1;
      for (long dimension : shape) {
        count *= (int) dimension;
      }
      ByteBuffer buffer = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        buffer.putFloat(4 * i, first + i);
      }
      shapes.put(name, shape);
      values.put(name, buffer);
      return this;
    }

    @Override
    public String location() {
      return "the source";
    }

    @Override
    public Set<String> names() {
      return shapes.keySet();
    }

    @Override
    public long[] shape(String name) {
      return shapes.get(name);
    }

    @Override
    public Dtype dtype(String name) {
      return Dtype.F32;
    }

    @Override
    public ByteBuffer bytes(String name) {
      ByteBuffer stored = values.get(name).duplicate(); // the copy is the caller's, who frees it
      ByteBuffer copy = ByteBuffer.allocateDirect(stored.remaining());
      return copy.put(stored).flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {}
  }

  private static Tensors whole(String prefix) {
    return new Tensors()
        .with(prefix + "w", 1, 2, 3)
        .with(prefix + "LayerNorm.weight", 10, 3)
        .with(prefix + "LayerNorm.bias", 20, 3);
  }

  private String load(WeightSource source) {
    return BaseWeights.load(table.all(), source, "bert", manager);
  }

  private float[] values(String name) {
    return table.get(name).array().toFloatArray();
  }

  private void assertLoaded() {
    assertThat(values("bert.w")).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(values("bert.LayerNorm.weight")).containsExactly(10, 11, 12);
    assertThat(values("bert.LayerNorm.bias")).containsExactly(20, 21, 22);
  }

  private void assertRefused(WeightSource source, String problems) {
    assertThatThrownBy(() -> load(source))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage("the source: does not fit its config.json: " + problems);
    assertThat(table.all()).noneMatch(Param::hasValues);
  }

  @Test
  void tensors_are_found_with_the_family_s_prefix() {
    load(whole("bert."));
    assertLoaded();
  }

  @Test
  void tensors_are_found_without_a_prefix() {
    load(whole(""));
    assertLoaded();
  }

  @Test
  void tensors_are_found_by_their_old_names() {
    load(
        new Tensors()
            .with("bert.w", 1, 2, 3)
            .with("bert.LayerNorm.gamma", 10, 3)
            .with("bert.LayerNorm.beta", 20, 3));
    assertLoaded();
  }

  @Test
  void the_full_name_comes_before_the_bare_one_and_the_new_before_the_old() {
    load(
        whole("bert.")
            .with("w", 100, 2, 3)
            .with("bert.LayerNorm.gamma", 100, 3)
            .with("LayerNorm.bias", 100, 3));
    assertLoaded();
  }

  @Test
  void what_the_model_does_not_have_is_left_alone() {
    load(whole("bert.").with("cls.predictions.bias", 5, 7).with("bert.embeddings.ids", 0, 1));
    assertLoaded();
  }

  @Test
  void everything_that_does_not_fit_is_told_at_once() {
    Tensors source = new Tensors().with("bert.w", 1, 3, 2).with("LayerNorm.gamma", 10, 3, 1);
    assertRefused(
        source,
        "bert.w has shape [3, 2], not [2, 3];"
            + " LayerNorm.gamma has shape [3, 1], not [3];"
            + " bert.LayerNorm.bias is missing");
  }

  @Test
  void nothing_is_loaded_when_one_tensor_does_not_fit() {
    assertRefused(
        new Tensors().with("w", 1, 2, 3).with("LayerNorm.weight", 10, 3),
        "bert.LayerNorm.bias is missing");
  }

  @Test
  void of_many_problems_eight_are_told_and_the_others_counted() {
    for (int i = 0; i < 10; i++) {
      table.declare("bert.more." + i, Role.BASE, Init.zeros(), 1);
    }
    String told =
        String.join(
            "; ", IntStream.range(0, 8).mapToObj(i -> "bert.more." + i + " is missing").toList());
    assertRefused(whole("bert."), told + "; and 2 more");
  }

  @Test
  void the_same_weights_have_the_same_hash_whatever_their_names_in_the_file() {
    String hash = load(whole("bert."));
    assertThat(hash).matches("[0-9a-f]{64}");
    assertThat(load(whole(""))).isEqualTo(hash);
    Tensors old =
        new Tensors()
            .with("LayerNorm.beta", 20, 3)
            .with("LayerNorm.gamma", 10, 3)
            .with("w", 1, 2, 3);
    assertThat(load(old)).isEqualTo(hash);
  }

  @Test
  void another_value_has_another_hash() {
    String hash = load(whole("bert."));
    assertThat(load(whole("bert.").with("bert.LayerNorm.bias", Math.nextUp(20f), 3)))
        .isNotEqualTo(hash);
  }

  @Test
  void loaded_values_are_no_view_of_the_file() {
    Tensors source = whole("bert.");
    load(source);
    source.floats("bert.w").putFloat(0, 99);
    assertLoaded();
  }

  @Test
  void a_tensor_is_there_under_any_of_its_names() {
    Tensors source = new Tensors().with("LayerNorm.gamma", 10, 3).with("bert.w", 1, 2, 3);
    assertThat(BaseWeights.has("bert.w", "bert", source)).isTrue();
    assertThat(BaseWeights.has("bert.LayerNorm.weight", "bert", source)).isTrue();
    assertThat(BaseWeights.has("bert.LayerNorm.bias", "bert", source)).isFalse();
    assertThat(BaseWeights.has("classifier.weight", "bert", source)).isFalse();
  }
}
