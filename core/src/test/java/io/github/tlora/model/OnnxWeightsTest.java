package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.WeightSource;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Weights under their Hugging Face names, from ONNX graphs small and real. */
class OnnxWeightsTest {
  private static OnnxMl.TensorProto tensor(String name, long[] shape, float... values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      raw.putFloat(value);
    }
    return OnnxMl.TensorProto.newBuilder()
        .setName(name)
        .setDataType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
        .addAllDims(Arrays.stream(shape).boxed().toList())
        .setRawData(ByteString.copyFrom(raw.array()))
        .build();
  }

  private static OnnxMl.NodeProto node(String type, String output, String... inputs) {
    return OnnxMl.NodeProto.newBuilder()
        .setOpType(type)
        .addOutput(output)
        .addAllInput(List.of(inputs))
        .build();
  }

  private static long[] of(long... shape) {
    return shape;
  }

  /** Two linear layers, whose Add has the bias first and second, and a named table. */
  private static byte[] model() {
    OnnxMl.GraphProto graph =
        OnnxMl.GraphProto.newBuilder()
            .addInitializer(tensor("words.weight", of(2, 2), 1, 2, 3, 4))
            .addInitializer(tensor("a.bias", of(3), 5, 6, 7))
            .addInitializer(tensor("b.bias", of(1), 8))
            .addInitializer(tensor("onnx::MatMul_1", of(2, 3), 10, 11, 12, 13, 14, 15))
            .addInitializer(tensor("onnx::MatMul_2", of(3, 1), 20, 21, 22))
            .addInitializer(tensor("onnx::Div_3", of(), 9))
            .addInitializer(
                OnnxMl.TensorProto.newBuilder()
                    .setName("position_ids")
                    .setDataType(OnnxMl.TensorProto.DataType.INT64.getNumber())
                    .addDims(1)
                    .setRawData(ByteString.copyFrom(new byte[8])))
            .addNode(node("MatMul", "p", "x", "onnx::MatMul_1"))
            .addNode(node("Add", "y", "a.bias", "p"))
            .addNode(node("MatMul", "q", "y", "onnx::MatMul_2"))
            .addNode(node("Add", "z", "q", "b.bias"))
            .addNode(node("MatMul", "scores", "y", "z")) // of two results: no weight in it
            .build();
    return OnnxMl.ModelProto.newBuilder().setGraph(graph).build().toByteArray();
  }

  private static float[] floats(WeightSource source, String name) {
    ByteBuffer buffer = source.floats(name);
    assertThat(buffer.isDirect()).isTrue();
    assertThat(buffer.position()).isZero();
    float[] values = new float[buffer.remaining() / 4];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void anonymous_weights_are_found_by_their_bias_and_turned() {
    try (WeightSource source = new OnnxWeights("tiny", new ByteArrayInputStream(model()))) {
      assertThat(source.location()).isEqualTo("tiny");
      assertThat(source.names())
          .containsExactlyInAnyOrder("words.weight", "a.bias", "a.weight", "b.bias", "b.weight");
      assertThat(source.shape("a.weight")).containsExactly(3, 2);
      assertThat(floats(source, "a.weight")).containsExactly(10, 13, 11, 14, 12, 15);
      assertThat(source.shape("b.weight")).containsExactly(1, 3);
      assertThat(floats(source, "b.weight")).containsExactly(20, 21, 22);
    }
  }

  @Test
  void named_weights_are_as_they_stand() {
    try (WeightSource source = new OnnxWeights("tiny", new ByteArrayInputStream(model()))) {
      assertThat(source.shape("words.weight")).containsExactly(2, 2);
      assertThat(floats(source, "words.weight")).containsExactly(1, 2, 3, 4);
      assertThat(floats(source, "a.bias")).containsExactly(5, 6, 7);
    }
  }

  @Test
  void bytes_that_are_no_model_are_told() {
    byte[] whole = model();
    byte[] cut = Arrays.copyOf(whole, whole.length - 5);
    byte[] text = "not found".getBytes(StandardCharsets.UTF_8);
    for (byte[] bad : List.of(cut, text)) {
      assertThatThrownBy(() -> new OnnxWeights("tiny", new ByteArrayInputStream(bad)).close())
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
          .hasMessage("tiny: not an ONNX model");
    }
  }

  @Test
  void the_bundled_encoder_has_every_weight_in_its_shape_and_no_other() {
    BundledModel model = new BundledModel();
    ParamTable table = new ParamTable();
    Wiring wiring = new Wiring(Slots.NONE, table);
    assertThat(model.architecture().encoder(wiring)).isNotNull();
    try (WeightSource source = model.openWeights()) {
      assertThat(table.of(Role.BASE)).hasSize(103); // the 104th is position_ids, no weight
      assertThat(source.names())
          .containsExactlyInAnyOrderElementsOf(
              table.all().stream().map(param -> bare(param, source)).toList());
      for (Param param : table.all()) {
        String name = bare(param, source);
        assertThat(source.shape(name)).as(name).isEqualTo(param.shape().getShape());
        assertThat(source.floats(name).remaining()).as(name).isEqualTo((int) (4 * param.size()));
      }
    }
  }

  /** The file has no prefix before its names. */
  private static String bare(Param param, WeightSource source) {
    assertThat(BaseWeights.has(param.name(), "bert", source)).as(param.name()).isTrue();
    return param.name().substring("bert.".length());
  }
}
