package io.github.tlora.cli;

import io.github.tlora.Version;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code tlora}. */
@Command(
    name = "tlora",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionLine.class,
    header = "Fine-tunes BERT, RoBERTa and DeBERTa encoders with tiny adapters.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      BaselineCommand.class,
      RepeatCommand.class,
      RunsCommand.class,
      PredictCommand.class,
      MergeCommand.class,
      UnmergeCommand.class,
      CombineCommand.class,
      ConvertCommand.class,
      ParamsCommand.class,
      MethodsCommand.class,
      ConfigCommand.class,
      ConfigsCommand.class,
      GetCommand.class,
      DataCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      ExportCommand.class,
      CommandLine.HelpCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  tlora train --task sst2 --rank 8        train on the bundled sample",
      "  tlora eval runs/sst2-bundled-tlora-r8-s0",
      "  tlora merge runs/sst2-bundled-tlora-r8-s0 -o merged",
      "",
      "Exit codes: 0 done, 1 ran but failed, 2 usage or configuration, 3 a file is",
      "missing or damaged, 4 engine or device, 70 a bug in tlora, 130 interrupted,",
      "143 terminated."
    })
public final class Main implements Runnable {
  /** Exit code for a fault of the tool's own. */
  public static final int BUG = 70;

  /** Held here, or its level would be forgotten with it. */
  private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

  @Spec private CommandSpec spec;

  private final Console console;

  Main(Console console) {
    this.console = console;
  }

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    // Quiet libraries: what they would say is in the error that we print.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    TRIBUO.setLevel(Level.OFF);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    if (args.length == 1 && args[0].equals("--version")) {
      out.println(VersionLine.TEXT); // what scripts ask at every turn needs no command line
      out.flush();
      return;
    }
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    // The launcher knows whether stderr is a terminal; Java cannot tell.
    int code = run(out, err, Boolean.getBoolean("tlora.terminal"), args);
    out.flush();
    System.exit(code);
  }

  /**
   * Runs the command line.
   *
   * @param out where answers go
   * @param err where talk goes
   * @param terminal whether a person watches: a progress bar instead of plain lines
   * @return the exit code
   */
  public static int run(PrintStream out, PrintStream err, boolean terminal, String... args) {
    Console console = new Console(out, err, terminal);
    ErrorPrinter errors = new ErrorPrinter(console);
    CommandLine commands = new CommandLine(new Main(console), new CommandFactory(console));
    commands.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commands.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setUsageHelpLongOptionsMaxWidth(30);
    commands.setExpandAtFiles(false); // a text may begin with @
    giveVersion(commands);
    commands.setParameterExceptionHandler(errors::usage);
    commands.setExecutionExceptionHandler((e, command, parsed) -> errors.failure(e));
    try {
      return commands.execute(args);
    } catch (Error e) { // picocli hands on exceptions only
      return errors.failure(e);
    }
  }

  private static void giveVersion(CommandLine command) {
    command.getCommandSpec().versionProvider(new VersionLine());
    command.getSubcommands().values().forEach(Main::giveVersion);
  }

  @Override
  public void run() {
    spec.commandLine().usage(console.out());
  }

  /** Gives commands the console that this invocation was run with. */
  private record CommandFactory(Console console) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Console.class).newInstance(console);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  /** {@code tlora 0.1.0}. */
  static final class VersionLine implements CommandLine.IVersionProvider {
    static final String TEXT = "tlora " + Version.current();

    @Override
    public String[] getVersion() {
      return new String[] {TEXT};
    }
  }
}
