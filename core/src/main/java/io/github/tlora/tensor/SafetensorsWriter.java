package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
 * Writes float32 tensors as a safetensors file, as they are or in half precision: sorted keys,
 * header padded to 8 bytes. Equal tensors and metadata give equal bytes.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /** How many bytes {@link #write} gives tensors of these shapes. */
  public static long size(Map<String, Shape> shapes, Map<String, String> metadata) {
    long header = header(new TreeMap<>(shapes), new TreeMap<>(metadata), Dtype.F32).length;
    return Long.BYTES
        + header
        + shapes.values().stream().mapToLong(shape -> Float.BYTES * shape.size()).sum();
  }

  /** Writes {@code tensors} to {@code path}, aside first and then renamed. */
  public static void write(Path path, Map<String, NDArray> tensors, Map<String, String> metadata) {
    write(path, tensors, metadata, Dtype.F32);
  }

  /** Writes {@code tensors} as {@code dtype}, each number rounded to the nearest. */
  public static void write(
      Path path, Map<String, NDArray> tensors, Map<String, String> metadata, Dtype dtype) {
    Map<String, NDArray> sorted = new TreeMap<>(tensors);
    Map<String, Shape> shapes = new TreeMap<>();
    sorted.forEach(
        (name, array) -> {
          if (array.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(name + " is " + array.getDataType());
          }
          shapes.put(name, array.getShape());
        });
    byte[] header = header(shapes, new TreeMap<>(metadata), dtype); // both in key order
    AtomicFile.write(path, temporary -> write(temporary, header, sorted, dtype));
  }

  private static void write(Path path, byte[] header, Map<String, NDArray> tensors, Dtype dtype)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(channel, length.putLong(header.length).flip());
      writeFully(channel, ByteBuffer.wrap(header));
      for (NDArray tensor : tensors.values()) {
        writeFully(channel, dtype.narrow(tensor.toByteBuffer()));
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static byte[] header(
      Map<String, Shape> shapes, Map<String, String> metadata, Dtype dtype) {
    ObjectNode root = new JsonMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject("__metadata__");
      metadata.forEach(node::put);
    }
    long at = 0;
    for (Map.Entry<String, Shape> tensor : shapes.entrySet()) {
      ObjectNode node = root.putObject(tensor.getKey());
      node.put("dtype", dtype.name());
      var shape = node.putArray("shape");
      for (long dimension : tensor.getValue().getShape()) {
        shape.add(dimension);
      }
      long end = at + dtype.bytes() * tensor.getValue().size();
      node.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padding = (8 - json.length % 8) % 8;
    return (new String(json, StandardCharsets.UTF_8) + " ".repeat(padding))
        .getBytes(StandardCharsets.UTF_8);
  }
}
