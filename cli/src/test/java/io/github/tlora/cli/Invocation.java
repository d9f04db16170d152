package io.github.tlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** One command line, run in this process: its exit code and all that it printed. */
record Invocation(int code, String out, String err) {
  /** Refuses anything after the document; keeps every digit of a number. */
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Runs the tool as it runs without a terminal. */
  static Invocation tlora(Object... args) {
    return on(Terminal.NONE, args);
  }

  /** Runs the tool as it runs on {@code terminal}. */
  static Invocation on(Terminal terminal, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            terminal,
            words(args));
    return new Invocation(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs it without a terminal, with streams of the caller; returns the exit code. */
  static int run(PrintStream out, PrintStream err, Object... args) {
    return Main.run(out, err, Terminal.NONE, words(args));
  }

  private static String[] words(Object... args) {
    return Arrays.stream(args).map(Object::toString).toArray(String[]::new);
  }

  /** This, having checked that it went well. */
  Invocation succeeded() {
    assertThat(code).as("exit code; stderr: %s", err).isZero();
    return this;
  }

  List<String> outLines() {
    return out.lines().toList();
  }

  List<String> errLines() {
    return err.lines().toList();
  }

  /** Stdout, which must be one JSON document and nothing else. */
  JsonNode json() {
    return parse(out);
  }

  /** A file that holds one JSON document. */
  static JsonNode json(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** A text that is one JSON document. */
  static JsonNode parse(String text) {
    try {
      return STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not one JSON document: " + text, e);
    }
  }

  /** The keys of an object, in order. */
  static List<String> keys(JsonNode object) {
    return object.properties().stream().map(java.util.Map.Entry::getKey).toList();
  }
}
