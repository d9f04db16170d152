package io.github.tlora.provenance;

import com.oracle.labs.mlrg.olcut.provenance.ListProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import java.util.Map;
import org.tribuo.provenance.DatasetProvenance;

/** The rows that a run learnt from: how many, and of which files. */
public final class TrainingRows extends DatasetProvenance {
  private static final long serialVersionUID = 1L;
  private static final int NONE = -1; // texts have no fixed features

  TrainingRows(DataFiles files, int rows, int labels) {
    super(files, new ListProvenance<>(), files.getClassName(), false, false, rows, NONE, labels);
  }

  /** OLCUT reads it back through this constructor. */
  public TrainingRows(Map<String, Provenance> map) {
    super(map);
  }
}
