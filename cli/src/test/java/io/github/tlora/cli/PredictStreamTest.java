package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora predict RUN -}: lines of stdin, answered as they come. */
@Timeout(120)
class PredictStreamTest {
  private static final InputStream STDIN = System.in;

  @TempDir private static Path folder;
  private static Path single;
  private static Path pairs;

  @BeforeAll
  static void train_twice() throws IOException {
    Path encoder = TinyEncoder.write(folder.resolve("encoder"), 1);
    single = folder.resolve("single");
    train("sst2", encoder, Sentences.write(folder.resolve("sst2"), 20, 10), single);
    Path rte = Files.createDirectory(folder.resolve("rte"));
    String rows =
        """
        index\tsentence1\tsentence2\tlabel
        0\tthe film is warm\ta warm film\tentailment
        1\tthe film is dull\tthe plot is warm\tnot_entailment
        """;
    Files.writeString(rte.resolve("train.tsv"), rows);
    Files.writeString(rte.resolve("dev.tsv"), rows);
    pairs = folder.resolve("pairs");
    train("rte", encoder, rte, pairs);
  }

  private static void train(String task, Path encoder, Path data, Path output) {
    tlora(
            "train",
            "--task",
            task,
            "--model",
            encoder,
            "--data",
            data,
            "--epochs",
            1,
            "--threads",
            1,
            "--no-baseline",
            "-o",
            output)
        .succeeded();
  }

  @AfterEach
  void give_stdin_back() {
    System.setIn(STDIN);
  }

  private static Invocation piped(String lines, Object... args) {
    System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    return tlora(args);
  }

  @Test
  void an_answer_comes_before_the_next_line_is_written() throws Exception {
    PipedInputStream stdin = new PipedInputStream();
    PipedInputStream stdout = new PipedInputStream();
    System.setIn(stdin);
    PipedOutputStream lines = new PipedOutputStream(stdin); // closed where its end is tested
    try (OutputStream answers = new PipedOutputStream(stdout);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(stdout, StandardCharsets.UTF_8))) {
      PrintStream out = new PrintStream(answers, false, StandardCharsets.UTF_8);
      CompletableFuture<Integer> code =
          CompletableFuture.supplyAsync(
              () -> Invocation.run(out, System.err, "predict", single, "-"));
      for (String line : List.of("a warm film", "the plot is dull", "joy")) {
        lines.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        lines.flush();
        assertThat(reader.readLine()).endsWith("\t" + line);
      }
      lines.close();
      assertThat(code.get(60, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void many_lines_are_answered_in_their_order_as_input_answers_them() throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      texts.add("the film ".repeat(i % 5) + "is " + (i % 3 == 0 ? "warm " : "dull ") + i);
    }
    texts.add(1000, "");
    texts.add(2000, "  ");
    String lines = String.join("\n", texts);
    Path file = Files.writeString(folder.resolve("texts.txt"), lines);
    Invocation done = piped(lines, "predict", single, "-").succeeded();
    assertThat(done.err()).isEmpty();
    assertThat(done.outLines()).hasSize(3000);
    assertThat(done.outLines())
        .isEqualTo(tlora("predict", single, "--input", file).succeeded().outLines());
  }

  @Test
  void json_has_an_object_a_line() {
    Invocation done = piped("a warm film\njoy\n", "predict", single, "-", "--json").succeeded();
    JsonNode array =
        tlora("predict", single, "--json", "--text", "a warm film", "--text", "joy")
            .succeeded()
            .json();
    assertThat(done.outLines().stream().map(Invocation::parse))
        .containsExactly(array.get(0), array.get(1));
  }

  @Test
  void adapters_are_named_by_the_lines() {
    Invocation done =
        piped(
                "film\ta warm film\nrte\tjoy\ta comedy\n",
                "predict",
                "--adapter",
                "film=" + single,
                "--adapter",
                "rte=" + pairs,
                "-")
            .succeeded();
    assertThat(done.outLines()).hasSize(2);
    assertThat(done.outLines().get(0)).startsWith("film\t").endsWith("\ta warm film");
    assertThat(done.outLines().get(1)).startsWith("rte\t").endsWith("\tjoy\ta comedy");
  }

  @Test
  void a_bad_line_is_told_by_its_number_after_the_answers_before_it() {
    Invocation done = piped("joy\tjoy\n\nthe film\na\tb\n", "predict", pairs, "-");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.outLines()).singleElement().asString().endsWith("\tjoy\tjoy");
    assertThat(done.errLines())
        .containsExactly(
            "tlora: predict: line 3: the task takes two texts together: separate them by a tab,"
                + " got 'the film'");
  }

  @Test
  void a_reader_that_goes_away_ends_it_quietly() {
    int[] read = new int[1];
    InputStream endless =
        new InputStream() {
          private final byte[] line = "a warm film\n".getBytes(StandardCharsets.UTF_8);

          @Override
          public int read() {
            return line[read[0]++ % line.length];
          }

          @Override
          public int read(byte[] buffer, int from, int length) throws IOException {
            return super.read(buffer, from, Math.min(length, line.length * 10));
          }
        };
    System.setIn(endless);
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Invocation.run(
            new PrintStream(closed, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            "predict",
            single,
            "-");
    assertThat(code).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(read[0]).as("bytes read of an endless stream").isLessThan(1000);
  }

  @Test
  void without_a_line_there_is_no_answer() {
    assertThat(piped("", "predict", single, "-").succeeded().out()).isEmpty();
    assertThatCode(() -> piped("\n\n", "predict", single, "-").succeeded())
        .doesNotThrowAnyException();
  }

  @Test
  void what_does_not_go_with_stdin_is_told() {
    assertThat(refusal(folder, 2, "predict", "-")).contains("give RUN, or --adapter NAME=RUN");
    assertThat(refusal(folder, 2, "predict", single, "-", pairs)).startsWith("unknown argument");
    assertThat(refusal(folder, 2, "predict", single, pairs))
        .contains("one RUN is taken, and - for stdin");
    assertThat(refusal(folder, 2, "predict", single, "-", "--text", "joy"))
        .isEqualTo("predict: - reads stdin, and takes no --text, --input or --split");
    assertThat(refusal(folder, 2, "predict", single, "-", "--split", "dev"))
        .contains("- reads stdin");
  }
}
