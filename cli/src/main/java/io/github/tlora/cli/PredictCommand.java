package io.github.tlora.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.run.AdapterSet;
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
            + " Two texts of a pair task are separated by a tab. With --adapter each line begins"
            + " with the adapter's name and a tab; rows of all are predicted together.",
    footer = {
      "",
      "Examples:",
      "  tlora predict RUN --text 'a warm, generous comedy'",
      "  tlora predict RUN --input reviews.txt --json",
      "  tlora predict RUN --split test --glue-format -o submission",
      "  tlora predict --adapter film=RUN --adapter shop=OTHER --input rows.tsv"
    })
final class PredictCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions load;
  @Mixin private SubmissionOptions submission;

  @Parameters(paramLabel = "RUN", arity = "0..1", description = "A run directory, or an adapter's.")
  private Path run;

  @Option(
      names = "--adapter",
      paramLabel = "NAME=RUN",
      description = "One of several adapters on one encoder, instead of RUN. Repeatable.")
  private List<String> adapters = new ArrayList<>();

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
  record Answer(
      String adapter, String text, String label, Map<String, Double> probabilities, Double value) {
    static Answer of(String adapter, String text, Prediction prediction) {
      return prediction.value() == null
          ? new Answer(adapter, text, prediction.label(), prediction.probabilities(), null)
          : new Answer(adapter, text, null, null, prediction.value());
    }
  }

  @Override
  public Integer call() {
    if (submission.areTyped()) {
      submission.write(run, load, console, json);
      return 0;
    }
    List<String> all = new ArrayList<>(texts);
    if (input != null) {
      all.addAll(lines(input));
    }
    if (all.isEmpty()) {
      throw UserError.usage("predict: no text. Give --text TEXT or --input FILE");
    }
    if ((run == null) == adapters.isEmpty()) {
      throw UserError.usage("predict: give RUN, or --adapter NAME=RUN, one of the two");
    }
    List<Answer> answers = run == null ? byAdapter(all) : byRun(all);
    console.answer(
        json,
        answers,
        answers.stream().map(PredictCommand::line).collect(Collectors.joining("\n")));
    return 0;
  }

  private List<Answer> byRun(List<String> all) {
    try (Classifier classifier = Classifier.load(run, load.model, load.environment(console))) {
      List<Prediction> predictions =
          classifier.takesPairs()
              ? classifier.predictPairs(all.stream().map(PredictCommand::pair).toList())
              : classifier.predict(all);
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        answers.add(Answer.of(null, all.get(i), predictions.get(i)));
      }
      return answers;
    }
  }

  private List<Answer> byAdapter(List<String> all) {
    Map<String, Path> named = AdapterSet.named(adapters);
    try (AdapterSet set = AdapterSet.open(named, load.model, load.environment(console))) {
      List<AdapterSet.Request> requests = all.stream().map(line -> request(line, set)).toList();
      List<Prediction> predictions = set.predict(requests);
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        String text = all.get(i).substring(requests.get(i).adapter().length() + 1);
        answers.add(Answer.of(requests.get(i).adapter(), text, predictions.get(i)));
      }
      return answers;
    }
  }

  private static AdapterSet.Request request(String line, AdapterSet set) {
    int tab = line.indexOf('\t');
    if (tab < 0) {
      throw UserError.usage(
          "predict: a line must begin with the adapter's name and a tab, got '" + line + "'");
    }
    String name = line.substring(0, tab);
    String text = line.substring(tab + 1);
    if (!set.takesPairs(name)) {
      return new AdapterSet.Request(name, text, null);
    }
    TextPair pair = pair(text);
    return new AdapterSet.Request(name, pair.first(), pair.second());
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
    String adapter = answer.adapter() == null ? "" : answer.adapter() + "\t";
    if (answer.value() != null) {
      return String.format(Locale.ROOT, "%s%.4f\t%s", adapter, answer.value(), answer.text());
    }
    String probabilities =
        answer.probabilities().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return adapter + answer.label() + "\t" + probabilities + "\t" + answer.text();
  }
}
