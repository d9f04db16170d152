package io.github.tlora.config;

import io.github.tlora.Key;
import java.net.URI;

/** Where else a run's steps and scores are written; metrics.jsonl has them in any case. */
public record LogSettings(
    @Key("Whether event files for TensorBoard are written, into the run's tensorboard directory.")
        Boolean tensorboard,
    @Key("Whether metrics.csv is written, for spreadsheets.") Boolean csv,
    @Key(
            value = "The address of an MLflow tracking server that hears of the run.",
            unset = "none",
            pattern = "https?://.+")
        String mlflow) {
  public LogSettings {
    tensorboard = tensorboard != null && tensorboard;
    csv = csv != null && csv;
    if (mlflow != null) {
      requireAddress(mlflow);
    }
  }

  /** No other log. */
  public static LogSettings defaults() {
    return new LogSettings(null, null, null);
  }

  private static void requireAddress(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      uri = URI.create("");
    }
    if (!String.valueOf(uri.getScheme()).matches("https?") || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "mlflow must be the address of a tracking server, such as http://localhost:5000, got '"
              + text
              + "'");
    }
    if (uri.getUserInfo() != null) { // it would be written into config.yaml
      throw new IllegalArgumentException(
          "mlflow must not have a password in it: set MLFLOW_TRACKING_USERNAME and"
              + " MLFLOW_TRACKING_PASSWORD instead");
    }
  }
}
