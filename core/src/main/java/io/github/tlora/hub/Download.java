package io.github.tlora.hub;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** One file on its way into a part file, which a later attempt goes on with. */
final class Download {
  private static final int UNKNOWN = -1;

  private final Web web;
  private final Meter meter;
  private final Wanted wanted;
  private final URI from;
  private final LongConsumer sizeTold;
  private final boolean isListed;
  private FileChannel part;
  private long size;
  private long position;
  private String validator;
  private boolean straight = true;

  /**
   * A file of a known size.
   *
   * @param from where it is
   * @param size in bytes
   */
  Download(Web web, Meter meter, Wanted wanted, URI from, long size) {
    this(web, meter, wanted, from, size, known -> {});
  }

  /**
   * A file whose size its server tells.
   *
   * @param sizeTold hears it before anything is taken
   */
  Download(Web web, Meter meter, Wanted wanted, URI from, LongConsumer sizeTold) {
    this(web, meter, wanted, from, UNKNOWN, sizeTold);
  }

  private Download(
      Web web, Meter meter, Wanted wanted, URI from, long size, LongConsumer sizeTold) {
    this.web = web;
    this.meter = meter;
    this.wanted = wanted;
    this.from = from;
    this.size = size;
    this.isListed = size != UNKNOWN;
    this.sizeTold = sizeTold;
  }

  /**
   * Brings all of it into {@code file}, which may hold its beginning.
   *
   * @param name for messages
   * @return whether it came in one piece; else a wrong beginning may be to blame for wrong content
   * @throws UserError exit 3 when it cannot be had; what has come stays
   */
  boolean into(Path file, String name, Retries retries) throws InterruptedException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel, file)) {
      part = channel;
      position = channel.size();
      straight = position == 0;
      if (size >= 0 && position > size) {
        restart();
      }
      meter.found(position);
      if (position != size) {
        retries.run(wanted, name, () -> position, this::attempt);
      }
      channel.force(true);
      return straight && lock.isValid();
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file + ": cannot be written (" + e.getMessage() + "). Check the disk and its permissions",
          e);
    }
  }

  private static FileLock lock(FileChannel channel, Path file) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      // another thread of this process: told below
    }
    throw UserError.file(file + ": another process is fetching it. Wait until that has ended");
  }

  /** Fetches from {@link #position} to the end. */
  private Void attempt() throws IOException, InterruptedException {
    straight &= position == 0;
    try (Answer answer = web.get(from, range())) {
      if (answer.status() == 416) {
        beyond(answer);
        return null;
      }
      if (answer.status() != 200 && answer.status() != 206) {
        throw wanted.refusal().apply(answer);
      }
      learnSize(answer);
      OptionalLong first = answer.first();
      if (first.isEmpty() || first.getAsLong() != position) {
        restart(); // a server without ranges sends everything again
        if (first.isEmpty() || first.getAsLong() != 0) {
          throw new IOException("the server sent another part than the one asked for");
        }
      }
      validator = answer.header("etag").filter(tag -> !tag.startsWith("W/")).orElse(null);
      copy(answer);
      return null;
    }
  }

  private Map<String, String> range() {
    Map<String, String> headers = new HashMap<>();
    if (position > 0) {
      headers.put("Range", "bytes=" + position + "-");
      if (validator != null) {
        headers.put("If-Range", validator);
      }
    }
    return headers;
  }

  /** Nothing is left to send: either all is here, or what is here belongs to another file. */
  private void beyond(Answer answer) throws IOException {
    OptionalLong total = answer.total();
    if (!isListed && total.isPresent() && total.getAsLong() == position) {
      size = position;
      return;
    }
    restart();
    throw new IOException("the server has less of it than is here; beginning again");
  }

  private void learnSize(Answer answer) throws IOException {
    OptionalLong told = answer.total();
    if (told.isEmpty() || told.getAsLong() == size) {
      return;
    }
    if (isListed) {
      throw new IOException(
          "the server says "
              + Quantity.number(told.getAsLong())
              + " bytes, but it has "
              + Quantity.number(size));
    }
    if (size != UNKNOWN) {
      restart(); // it is another file than before, or the server lied
    }
    meter.expect(told.getAsLong() - Math.max(size, 0));
    size = told.getAsLong();
    sizeTold.accept(size);
  }

  private void copy(Answer answer) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int read; (read = answer.body().read(buffer)) >= 0; ) {
      if (size != UNKNOWN && position + read > size) {
        restart();
        throw new IOException("the server sends more than " + Quantity.number(size) + " bytes");
      }
      write(ByteBuffer.wrap(buffer, 0, read));
      meter.arrived(read);
    }
    if (size == UNKNOWN) {
      size = position;
    }
    if (position < size) {
      throw new IOException(
          "the connection ended after "
              + Quantity.number(position)
              + " of "
              + Quantity.number(size)
              + " bytes");
    }
  }

  private void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        position += part.write(bytes, position);
      }
    } catch (IOException e) { // of the disk: trying again would not help
      throw new UserError(
          UserError.Kind.FILE,
          wanted.name() + ": cannot be written (" + e.getMessage() + "). Check the disk",
          e);
    }
  }

  private void restart() throws IOException {
    part.truncate(0);
    meter.found(-position);
    position = 0;
  }
}
