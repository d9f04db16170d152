package io.github.tlora.model;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a transformer that was exported to ONNX, under their Hugging Face names.
 *
 * <p>The exporter keeps the names of most weights but stores those of linear layers transposed, as
 * anonymous second inputs of {@code MatMul}. Each is found through the {@code Add} after it, whose
 * other input is the bias that kept its name.
 */
final class OnnxWeights implements WeightSource {
  /** A stored tensor and whether it stands transposed. */
  private record Entry(OnnxMl.TensorProto tensor, boolean transposed) {}

  private final String location;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  OnnxWeights(String location, byte[] model) {
    this.location = location;
    try {
      CodedInputStream input = CodedInputStream.newInstance(model);
      input.enableAliasing(true);
      name(OnnxMl.ModelProto.parseFrom(input).getGraph());
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, location + ": not an ONNX model", e);
    }
  }

  private void name(OnnxMl.GraphProto graph) {
    Map<String, OnnxMl.TensorProto> stored = new HashMap<>();
    graph.getInitializerList().forEach(tensor -> stored.put(tensor.getName(), tensor));
    Map<String, OnnxMl.TensorProto> products = new HashMap<>();
    for (OnnxMl.NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("MatMul") && stored.containsKey(node.getInput(1))) {
        products.put(node.getOutput(0), stored.get(node.getInput(1)));
      }
    }
    for (OnnxMl.NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Add") && node.getInputCount() == 2) {
        nameLinear(node.getInput(0), node.getInput(1), stored, products);
        nameLinear(node.getInput(1), node.getInput(0), stored, products);
      }
    }
    for (OnnxMl.TensorProto tensor : stored.values()) {
      boolean isNamed = !tensor.getName().contains("::"); // the exporter's own names have it
      if (isNamed && tensor.getDataType() == OnnxMl.TensorProto.DataType.FLOAT.getNumber()) {
        entries.putIfAbsent(tensor.getName(), new Entry(tensor, false));
      }
    }
  }

  private void nameLinear(
      String bias,
      String product,
      Map<String, OnnxMl.TensorProto> stored,
      Map<String, OnnxMl.TensorProto> products) {
    if (bias.endsWith(".bias") && stored.containsKey(bias) && products.containsKey(product)) {
      String weight = bias.substring(0, bias.length() - "bias".length()) + "weight";
      entries.put(weight, new Entry(products.get(product), true));
    }
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  @Override
  public long[] shape(String name) {
    Entry entry = entries.get(name);
    long[] shape = entry.tensor().getDimsList().stream().mapToLong(Long::longValue).toArray();
    return entry.transposed() ? new long[] {shape[1], shape[0]} : shape;
  }

  @Override
  public Dtype dtype(String name) {
    return Dtype.F32;
  }

  @Override
  public ByteBuffer bytes(String name) {
    Entry entry = entries.get(name);
    ByteString raw = entry.tensor().getRawData();
    ByteBuffer stored = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer values = ByteBuffer.allocateDirect(raw.size()).order(ByteOrder.LITTLE_ENDIAN);
    if (!entry.transposed()) {
      return values.put(stored).flip().order(ByteOrder.LITTLE_ENDIAN);
    }
    int out = (int) shape(name)[0];
    int in = (int) shape(name)[1];
    for (int row = 0; row < out; row++) {
      for (int column = 0; column < in; column++) {
        values.putInt(stored.getInt(4 * (column * out + row)));
      }
    }
    return values.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {}
}
