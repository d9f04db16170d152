package io.github.tlora.cli;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code tlora predict} that give it texts. */
final class TextOptions {
  @Option(
      names = "--text",
      paramLabel = "TEXT",
      parameterConsumer = AsItIs.class,
      description = "A text. Repeatable.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = {"-i", "--input"},
      paramLabel = "FILE",
      description = "A file with a text a line.")
  private Path input;

  /** Takes the next word as a text, also when it begins with a dash. */
  static final class AsItIs implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
      if (words.isEmpty()) {
        throw new ParameterException(
            command.commandLine(), "missing required parameter for option '--text' (TEXT)");
      }
      List<String> texts = new ArrayList<>(option.<List<String>>getValue());
      texts.add(words.pop());
      option.setValue(texts);
    }
  }

  /** Whether any of them is there. */
  boolean areGiven() {
    return input != null || !texts.isEmpty();
  }

  /**
   * The texts of the command line, then those of the file, less its blank lines.
   *
   * @throws UserError when there is none
   */
  List<String> read() {
    List<String> all = new ArrayList<>(texts);
    if (input != null) {
      all.addAll(lines(input));
    }
    if (all.isEmpty()) {
      throw UserError.usage(
          "predict: no text. Give --text TEXT, --input FILE, --split SPLIT, or - for stdin");
    }
    return all;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": no such file, or it is not text in UTF-8", e);
    }
  }
}
