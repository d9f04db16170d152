package io.github.tlora.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.run.Classifier;
import io.github.tlora.run.Classifier.Prediction;
import io.github.tlora.run.Classifier.TextPair;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Stack;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tlora predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    header = "Label texts with a trained adapter.",
    description =
        "Prints a line a text: label, probabilities, text; of a regression value, text."
            + " Two texts of a pair task are separated by a tab.",
    footer = {
      "",
      "Examples:",
      "  tlora predict RUN --text 'a warm, generous comedy'",
      "  tlora predict RUN --input reviews.txt --json"
    })
final class PredictCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions load;

  @Parameters(paramLabel = "RUN", description = "A run directory, or an adapter's.")
  private Path run;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      parameterConsumer = AsItIs.class,
      description = "A text. Repeatable.")
  private List<String> texts = new ArrayList<>();

  @Option(names = "--input", paramLabel = "FILE", description = "A file with a text a line.")
  private Path input;

  @Option(names = "--json", description = "Answer with an array of objects.")
  private boolean json;

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

  PredictCommand(Console console) {
    this.console = console;
  }

  /** One answer: label and probabilities, or the value of a regression. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Answer(String text, String label, Map<String, Double> probabilities, Double value) {
    static Answer of(String text, Prediction prediction) {
      return prediction.value() == null
          ? new Answer(text, prediction.label(), prediction.probabilities(), null)
          : new Answer(text, null, null, prediction.value());
    }
  }

  @Override
  public Integer call() {
    List<String> all = new ArrayList<>(texts);
    if (input != null) {
      all.addAll(lines(input));
    }
    if (all.isEmpty()) {
      throw UserError.usage("predict: no text. Give --text TEXT or --input FILE");
    }
    try (Classifier classifier = Classifier.load(run, load.model, load.environment(console))) {
      List<Prediction> predictions =
          classifier.takesPairs()
              ? classifier.predictPairs(all.stream().map(PredictCommand::pair).toList())
              : classifier.predict(all);
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        answers.add(Answer.of(all.get(i), predictions.get(i)));
      }
      console.answer(
          json,
          answers,
          answers.stream().map(PredictCommand::line).collect(Collectors.joining("\n")));
    }
    return 0;
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

  private static TextPair pair(String text) {
    int tab = text.indexOf('\t');
    if (tab < 0) {
      throw UserError.usage(
          "predict: the task takes two texts together: separate them by a tab, got '" + text + "'");
    }
    return new TextPair(text.substring(0, tab), text.substring(tab + 1));
  }

  private static String line(Answer answer) {
    if (answer.value() != null) {
      return String.format(Locale.ROOT, "%.4f\t%s", answer.value(), answer.text());
    }
    String probabilities =
        answer.probabilities().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return answer.label() + "\t" + probabilities + "\t" + answer.text();
  }
}
