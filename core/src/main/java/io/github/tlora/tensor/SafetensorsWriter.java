package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes float32 tensors as a safetensors file: sorted keys, header padded to 8 bytes. Equal
 * tensors and metadata give equal bytes.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /** Writes {@code tensors} to {@code path}, aside first and then renamed. */
  public static void write(Path path, Map<String, NDArray> tensors, Map<String, String> metadata) {
    Map<String, NDArray> sorted = new TreeMap<>(tensors);
    byte[] header = header(sorted, new TreeMap<>(metadata)); // both in key order
    AtomicFile.write(path, temporary -> write(temporary, header, sorted));
  }

  private static void write(Path path, byte[] header, Map<String, NDArray> tensors)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(channel, length.putLong(header.length).flip());
      writeFully(channel, ByteBuffer.wrap(header));
      for (NDArray tensor : tensors.values()) {
        writeFully(channel, tensor.toByteBuffer());
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static byte[] header(Map<String, NDArray> tensors, Map<String, String> metadata) {
    ObjectNode root = new JsonMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject("__metadata__");
      metadata.forEach(node::put);
    }
    long at = 0;
    for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
      NDArray array = tensor.getValue();
      if (array.getDataType() != DataType.FLOAT32) {
        throw new IllegalArgumentException(tensor.getKey() + " is " + array.getDataType());
      }
      ObjectNode node = root.putObject(tensor.getKey());
      node.put("dtype", "F32");
      var shape = node.putArray("shape");
      for (long dimension : array.getShape().getShape()) {
        shape.add(dimension);
      }
      long end = at + 4 * array.size();
      node.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padding = (8 - json.length % 8) % 8;
    return (new String(json, StandardCharsets.UTF_8) + " ".repeat(padding))
        .getBytes(StandardCharsets.UTF_8);
  }
}
