package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class ManpagesCommandTest {
  private static final Map<String, String> PAGES = ManPage.of(commands());

  @TempDir private Path folder;

  private static CommandLine commands() {
    return Main.commandLine(new Console(System.out, System.err, Terminal.NONE));
  }

  @Test
  void a_page_of_every_command_is_written() throws IOException {
    Path output = folder.resolve("share/man1");
    Invocation done = tlora("manpages", "-o", output).succeeded();
    assertThat(done.out().strip()).isEqualTo(output + ": " + PAGES.size() + " pages");
    List<String> expected =
        Stream.concat(
                Stream.of("tlora.1"),
                HelpTest.commands().map(name -> "tlora-" + name.replace(' ', '-') + ".1"))
            .sorted()
            .toList();
    try (Stream<Path> files = Files.list(output)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactlyElementsOf(expected);
    }
    assertThat(output.resolve("tlora-train.1")).content().isEqualTo(PAGES.get("tlora-train.1"));
    assertThat(tlora("manpages", "-o", output, "--json").succeeded().json()).hasSize(PAGES.size());
  }

  @ParameterizedTest
  @MethodSource("io.github.tlora.cli.HelpTest#commands")
  void a_page_has_every_option_and_example(String name) {
    CommandLine command = commands();
    for (String word : name.split(" ", -1)) {
      command = command.getSubcommands().get(word);
    }
    String page = PAGES.get("tlora-" + name.replace(' ', '-') + ".1");
    assertThat(page)
        .containsSubsequence(".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH SEE ALSO")
        .containsPattern("\n\\.SH EXAMPLES?\n\\.nf\ntlora ");
    command
        .getCommandSpec()
        .options()
        .forEach(
            option ->
                assertThat(page)
                    .contains("\\fB" + option.longestName().replace("-", "\\-") + "\\fR"));
  }

  @Test
  void text_is_never_taken_for_a_request_and_a_minus_stays_one() {
    for (String page : PAGES.values()) {
      assertThat(page.lines())
          .allSatisfy(
              line -> assertThat(line).doesNotStartWith("'").doesNotContainPattern("(?<!\\\\)-"))
          .filteredOn(line -> line.startsWith("."))
          .allSatisfy(line -> assertThat(line).matches("\\.(TH|SH|SS|TP|PP|B|nf|fi)( .*)?"));
    }
  }

  @Test
  void a_directory_that_cannot_be_made_is_told() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Invocation done = tlora("manpages", "-o", file.resolve("man1"));
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.errLines())
        .containsExactly("tlora: " + file.resolve("man1") + ": the directory cannot be made");
  }
}
