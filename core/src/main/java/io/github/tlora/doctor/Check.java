package io.github.tlora.doctor;

import com.fasterxml.jackson.annotation.JsonValue;
import io.github.tlora.UserError;
import java.util.Locale;

/**
 * One finding of {@code tlora doctor}.
 *
 * @param id what was looked at, in one word
 * @param found what there is, in one line
 * @param fix what to do, in one line; null where nothing needs to be done
 */
public record Check(String id, Status status, String found, String fix) {
  /** Whether training is held up. */
  public enum Status {
    OK,
    /** Training is possible; something is not as one would expect. */
    WARNING,
    /** Something that is needed is missing or damaged. */
    MISSING;

    /** The word in reports. */
    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Check ok(String id, String found) {
    return new Check(id, Status.OK, found, null);
  }

  static Check warning(String id, String found, String fix) {
    return new Check(id, Status.WARNING, found, fix);
  }

  static Check missing(String id, String found, String fix) {
    return new Check(id, Status.MISSING, found, fix);
  }

  /** A fault, whose message says first what is wrong and then what to do. */
  static Check of(String id, Status status, UserError fault) {
    String message = fault.getMessage().replaceAll("\\s*\\R\\s*", " ");
    int end = message.indexOf(". ");
    return end < 0
        ? new Check(id, status, message, "Fetch the checkpoint anew, or name another one")
        : new Check(id, status, message.substring(0, end), message.substring(end + 2));
  }
}
