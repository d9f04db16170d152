package io.github.tlora.cli;

import io.github.tlora.config.EffectiveSetting;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tlora config show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    header = "Show every setting in effect, and where it comes from.",
    description = {
      "Takes the options of tlora train, and answers with what it would train with: each key, its"
          + " value, and the file and line or the flag that gave it, or 'default'. Reads no model"
          + " and no data; tlora train --dry-run checks those too."
    },
    footer = {
      "",
      "Examples:",
      "  tlora config show -c method/lora --rank 4",
      "  tlora config show --set train.epochs=3 --json"
    })
final class ConfigShowCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ConfigOptions options;
  @Mixin private CourseOptions course;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as a JSON array of {key, value, origin}.")
  private boolean json;

  ConfigShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<EffectiveSetting> settings = course.over(options.layers()).effective();
    console.answer(json, settings, table(settings));
    return 0;
  }

  private static String table(List<EffectiveSetting> settings) {
    int keys = widest(settings, EffectiveSetting::key);
    int values = widest(settings, ConfigShowCommand::value);
    String form = "%-" + keys + "s  %-" + values + "s  %s";
    return settings.stream()
        .map(each -> String.format(Locale.ROOT, form, each.key(), value(each), each.origin()))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String value(EffectiveSetting setting) {
    Object value = setting.value();
    return value == null ? "-" : value instanceof Double ? small(value) : value.toString();
  }

  /** 1.0E-5 as files have it: 1.0e-5. */
  private static String small(Object number) {
    return number.toString().replace('E', 'e');
  }

  private static int widest(
      List<EffectiveSetting> settings, Function<EffectiveSetting, String> of) {
    return settings.stream().mapToInt(setting -> of.apply(setting).length()).max().orElse(1);
  }
}
