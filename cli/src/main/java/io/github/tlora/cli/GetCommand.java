package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.hub.Fetched;
import io.github.tlora.hub.Sources;
import io.github.tlora.run.Environment;
import io.github.tlora.run.GetRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora get}. */
@Command(
    name = "get",
    mixinStandardHelpOptions = true,
    header = "Fetch data sets and models by name, checked; or list those that are here.",
    description = {
      "",
      "A task of GLUE goes to $TLORA_HOME/data/TASK, a model of the Hugging Face hub",
      "to the cache that Hugging Face's own tools use. What was interrupted is gone on",
      "with. Read are HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HOME, HF_HUB_CACHE,",
      "HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  tlora get sst2 mrpc",
      "  tlora get FacebookAI/roberta-large microsoft/deberta-v3-base@main",
      "  tlora get rte --glue-url file:///media/stick/glue",
      "  tlora get --list"
    })
final class GetCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "A task (sst2, cola, ...), or a model: ORGANISATION/NAME[@REVISION].")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-l", "--list"},
      description = "List what is here, how large it is, and where.")
  private boolean list;

  @Option(
      names = "--glue-url",
      paramLabel = "URL",
      description =
          "Where GLUE's archives are: https:, http:, file:, or a directory (default:"
              + " $TLORA_GLUE_URL, else GLUE's own address).")
  private String glueUrl;

  @Option(
      names = {"-j", "--parallel"},
      paramLabel = "N",
      defaultValue = "4",
      description = "Files at once (default: 4).")
  private int parallel;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  GetCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (list == !names.isEmpty()) {
      throw UserError.usage(
          "give names to fetch, or --list"
              + (list ? ", not both" : "")
              + ". See: tlora get --help");
    }
    if (parallel < 1) {
      throw UserError.usage("--parallel must be at least 1, got " + parallel);
    }
    Environment environment = Environment.current();
    if (list) {
      GetRun.Listing listing = GetRun.list(environment);
      console.answer(json, listing, GetText.of(listing));
      return 0;
    }
    Sources sources = Sources.of(System.getenv(), Path.of(System.getProperty("user.home")));
    if (glueUrl != null) {
      sources = sources.withGlue("--glue-url", glueUrl);
    }
    List<Fetched> fetched;
    try (FetchProgress progress = new FetchProgress(console)) {
      fetched = GetRun.get(names, sources, parallel, environment, progress);
    }
    console.answer(json, fetched, GetText.of(fetched));
    return 0;
  }
}
