package io.github.tlora.run;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lines of a stream, in the groups in which they come: those that one read makes whole. So a
 * slow writer's lines come one by one, a fast one's by the hundred, and no more is read ahead.
 */
final class LineGroups {
  /** What a pipe of Linux holds. */
  private static final int READ_BYTES = 1 << 16;

  /**
   * Far more than any tokenizer keeps of a text; a stream without line ends shall not fill memory.
   */
  private static final int LONGEST_LINE = 1 << 20;

  private final InputStream in;
  private byte[] buffer = new byte[READ_BYTES];
  private int filled;
  private long read;
  private boolean isEnded;

  /**
   * A line.
   *
   * @param number from 1
   * @param bytes without the line's end
   */
  record Line(long number, byte[] bytes) {
    /**
     * The line's text.
     *
     * @throws UserError exit 3 when it is not UTF-8
     */
    String text() {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new UserError(UserError.Kind.FILE, "is not text in UTF-8", e);
      }
    }
  }

  LineGroups(InputStream in) {
    this.in = in;
  }

  /**
   * Waits for the next lines.
   *
   * @return one or more; none at the end of the stream
   * @throws UserError exit 3 when a line is longer than a megabyte
   */
  List<Line> next() throws IOException {
    List<Line> lines = List.of();
    while (lines.isEmpty() && !isEnded) {
      makeRoom();
      int count = in.read(buffer, filled, buffer.length - filled);
      isEnded = count < 0;
      filled += Math.max(count, 0);
      lines = take();
    }
    return lines;
  }

  private void makeRoom() {
    if (filled > LONGEST_LINE) {
      throw UserError.file(
          "predict: line " + (read + 1) + ": is longer than " + LONGEST_LINE + " bytes. Split it");
    }
    if (filled == buffer.length) {
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
  }

  /** Takes the whole lines out of the buffer; at the stream's end the rest is one too. */
  private List<Line> take() {
    List<Line> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < filled; i++) {
      if (buffer[i] == '\n') {
        lines.add(line(start, i));
        start = i + 1;
      }
    }
    if (isEnded && start < filled) {
      lines.add(line(start, filled));
      start = filled;
    }
    System.arraycopy(buffer, start, buffer, 0, filled - start);
    filled -= start;
    return lines;
  }

  private Line line(int start, int end) {
    int last = end > start && buffer[end - 1] == '\r' ? end - 1 : end;
    return new Line(++read, Arrays.copyOfRange(buffer, start, last));
  }
}
