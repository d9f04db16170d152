package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines in the groups in which a stream brings them. */
class LineGroupsTest {
  /** A stream that brings each of {@code parts} with a read of its own, as a slow writer does. */
  private static InputStream stream(byte[]... parts) {
    return new SequenceInputStream(
        Collections.enumeration(Arrays.stream(parts).map(ByteArrayInputStream::new).toList()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<List<String>> groups(byte[]... parts) throws IOException {
    LineGroups groups = new LineGroups(stream(parts));
    List<List<String>> read = new ArrayList<>();
    for (List<LineGroups.Line> group = groups.next(); !group.isEmpty(); group = groups.next()) {
      read.add(group.stream().map(line -> line.number() + " " + line.text()).toList());
    }
    return read;
  }

  @Test
  void lines_of_one_read_are_a_group_and_a_line_waits_for_its_end() throws IOException {
    assertThat(groups(bytes("a\nb\nc"), bytes("d\n"), bytes("e\n\nf\n")))
        .containsExactly(List.of("1 a", "2 b"), List.of("3 cd"), List.of("4 e", "5 ", "6 f"));
  }

  @Test
  void the_last_line_needs_no_end_and_ends_of_windows_are_taken() throws IOException {
    assertThat(groups(bytes("a\r\nb"))).containsExactly(List.of("1 a"), List.of("2 b"));
    assertThat(groups(bytes("a\n"))).containsExactly(List.of("1 a"));
    assertThat(groups()).isEmpty();
    assertThat(groups(bytes("\r"))).containsExactly(List.of("1 "));
  }

  @Test
  void a_character_may_be_cut_by_a_read() throws IOException {
    byte[] line = bytes("é\n");
    assertThat(groups(Arrays.copyOf(line, 1), Arrays.copyOfRange(line, 1, line.length)))
        .containsExactly(List.of("1 é"));
  }

  @Test
  void a_line_longer_than_a_read_is_whole() throws IOException {
    String line = "long ".repeat(30_000);
    assertThat(groups(bytes("a\n" + line + "\nb\n")).stream().flatMap(List::stream))
        .containsExactly("1 a", "2 " + line, "3 b");
  }

  @Test
  void a_stream_without_line_ends_is_refused_before_it_fills_memory() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'a';
          }
        };
    assertThatThrownBy(() -> new LineGroups(endless).next())
        .isInstanceOf(UserError.class)
        .hasMessage("predict: line 1: is longer than 1048576 bytes. Split it");
  }

  @Test
  void what_is_not_utf8_is_told_by_the_line_alone() throws IOException {
    List<LineGroups.Line> lines = new LineGroups(stream(new byte[] {'a', '\n', -1, '\n'})).next();
    assertThat(lines.get(0).text()).isEqualTo("a");
    assertThatThrownBy(lines.get(1)::text)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("UTF-8");
  }
}
