package io.github.tlora.log;

import com.google.protobuf.CodedOutputStream;
import io.github.tlora.train.Event;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * An event file of TensorBoard's: records of TensorFlow's TFRecord format, each an Event of
 * tensorflow/core/util/event.proto. A run that goes on writes a further file, whose first event
 * tells TensorBoard to forget what earlier ones have of later steps.
 */
public final class TensorBoardLog implements RunLog {
  private static final String VERSION = "brain.Event:2";
  private static final int SESSION_START = 1;
  private static final long FLUSH_NANOS = Duration.ofSeconds(5).toNanos();

  private final OutputStream file;
  private long flushed = System.nanoTime();

  /** Writes a message's fields. */
  @FunctionalInterface
  private interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /**
   * Makes a new event file in {@code directory}, which is made if need be.
   *
   * @param step steps done; above 0 for a run that goes on
   */
  public TensorBoardLog(Path directory, long step) {
    try {
      Files.createDirectories(directory);
      file =
          new BufferedOutputStream(
              Files.newOutputStream(next(directory), StandardOpenOption.CREATE_NEW));
      event(0, out -> out.writeString(3, VERSION));
      if (step > 0) {
        byte[] session = message(out -> out.writeEnum(1, SESSION_START));
        event(step + 1, out -> out.writeByteArray(7, session));
      }
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** TensorBoard reads files in the order of their names, which begin with a time. */
  private static Path next(Path directory) {
    String name =
        String.format(
            Locale.ROOT, "events.out.tfevents.%010d.tlora", System.currentTimeMillis() / 1000);
    Path path = directory.resolve(name);
    for (int i = 1; Files.exists(path); i++) {
      path = directory.resolve(name + "." + i);
    }
    return path;
  }

  @Override
  public void accept(Event event) {
    Map<String, Double> scalars = Scalars.of(event);
    if (scalars.isEmpty()) {
      return;
    }
    try {
      byte[] summary =
          message(
              out -> {
                for (Map.Entry<String, Double> scalar : scalars.entrySet()) {
                  out.writeByteArray(1, value(scalar.getKey(), scalar.getValue().floatValue()));
                }
              });
      event(event.step(), out -> out.writeByteArray(5, summary));
      if (event instanceof Event.Evaluated || System.nanoTime() - flushed > FLUSH_NANOS) {
        file.flush();
        flushed = System.nanoTime();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void end(String status) {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] value(String tag, float value) throws IOException {
    return message(
        out -> {
          out.writeString(1, tag);
          out.writeFloat(2, value);
        });
  }

  /** Fields 1 and 2 of an Event are its time and its step. */
  private void event(long step, Fields what) throws IOException {
    record(
        message(
            out -> {
              out.writeDouble(1, System.currentTimeMillis() / 1e3);
              if (step != 0) { // as protobuf writes defaults: not at all
                out.writeInt64(2, step);
              }
              what.writeTo(out);
            }));
  }

  private static byte[] message(Fields fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.writeTo(out);
    out.flush();
    return bytes.toByteArray();
  }

  /** Length, its checksum, the bytes, theirs. */
  private void record(byte[] data) throws IOException {
    byte[] length = little(Long.BYTES).putLong(data.length).array();
    file.write(length);
    file.write(little(Integer.BYTES).putInt(masked(length)).array());
    file.write(data);
    file.write(little(Integer.BYTES).putInt(masked(data)).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** CRC-32C, turned and added to, so that a checksum of checksums is not weak. */
  static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
