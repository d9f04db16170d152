package io.github.tlora.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Why a text is not YAML or JSON, in plain words.
 *
 * @param line where it shows, from 1; 0 if unknown
 * @param reason the parser's reason on one line, without its own names and pointers
 */
record SyntaxFault(int line, String reason) {

  static SyntaxFault of(IOException e) {
    // Jackson wraps SnakeYAML's exception, and knows less of its place.
    if (e.getCause() instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
      return of(yaml);
    } else if (e instanceof JsonProcessingException json) {
      int line = json.getLocation() == null ? 0 : json.getLocation().getLineNr();
      return new SyntaxFault(line, plain(json.getOriginalMessage()));
    }
    return new SyntaxFault(0, plain(e.getMessage()));
  }

  private static SyntaxFault of(MarkedYAMLException e) {
    int line = e.getProblemMark().getLine() + 1;
    Mark start = e.getContextMark();
    int from = start == null ? line : start.getLine() + 1;
    if (e.getProblem().startsWith("expected <block end>")) {
      String reason = "this does not fit what begins on line " + from;
      return new SyntaxFault(line, reason + "; check indentation and quotes");
    }
    String context = from == line ? "" : e.getContext() + " that begins on line " + from + ", ";
    return new SyntaxFault(line, plain(context + e.getProblem()));
  }

  private static String plain(String message) {
    String text =
        message
            .replaceAll(" ?\\(start marker.*", "")
            .replaceAll(":? (was expecting|expected a valid value) \\(JSON String.*", "")
            .replaceAll(", got this instead.*", "")
            .replaceAll(" \\(code [^)]*\\)", "")
            .replace("<stream end>", "the end")
            .replaceAll("\\s*\\R\\s*", " ")
            .strip();
    return Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
