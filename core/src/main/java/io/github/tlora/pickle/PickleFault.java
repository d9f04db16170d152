package io.github.tlora.pickle;

/** Why a file is not read, and what to do; {@link PyTorchFile} adds where. */
final class PickleFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What to do about a file of weights that PyTorch itself would still read. */
  static final String SAVE_AGAIN =
      "Where you trust it, load it in Python and write it again with model.save_pretrained(DIR), "
          + "which gives model.safetensors";

  private final String advice;

  private PickleFault(String what, String advice, Throwable cause) {
    super(what, cause);
    this.advice = advice;
  }

  /** Bytes that PyTorch would not have written. */
  static PickleFault damaged(String what) {
    return damaged(what, null);
  }

  static PickleFault damaged(String what, Throwable cause) {
    return new PickleFault(what, "Fetch or write it again", cause);
  }

  /** A sound file of a kind that is not read. */
  static PickleFault unsupported(String what) {
    return new PickleFault(what, SAVE_AGAIN, null);
  }

  static PickleFault unsupported(String what, String advice) {
    return new PickleFault(what, advice, null);
  }

  String advice() {
    return advice;
  }

  /** A name out of a file, in quotes, short and without characters that a terminal obeys. */
  static String quoted(String name) {
    String start = name.length() > 100 ? name.substring(0, 100) + "..." : name;
    return "'" + start.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}\\u2028\\u2029]", "?") + "'";
  }
}
