package io.github.tlora.tokenizer;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A SentencePiece model file: a protocol buffer of the type {@code sentencepiece.ModelProto}, of
 * which only the fields that tokenizing needs are read. Every length in the file is checked against
 * what is left of it before anything is made for it.
 */
final class SentencePieceModel {
  /** Types of models. */
  static final int UNIGRAM = 1;

  static final int BPE = 2;

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  /** One entry of the vocabulary; its place in the list is its id. */
  record Piece(String text, float score, int type) {
    /** Whether it is found in the text before the model splits it. */
    boolean isAdded() {
      return type == CONTROL || type == USER_DEFINED;
    }

    boolean isControl() {
      return type == CONTROL;
    }
  }

  /** What reads one field; false where the field is not for it. */
  private interface Field {
    boolean read(int number) throws IOException;
  }

  private final CheckpointFile file;
  private final CodedInputStream input;
  private final List<Piece> pieces = new ArrayList<>();
  private int modelType = UNIGRAM;
  private int unknownId;
  private String unknownPiece = "<unk>";
  private byte[] charsMap = {};

  SentencePieceModel(CheckpointFile file) {
    this.file = file;
    this.input = CodedInputStream.newInstance(file.bytes());
    try {
      fields(this::model);
    } catch (IOException | IllegalArgumentException e) {
      throw file.fault(
          "is not a SentencePiece model, or damaged. Copy it anew from where the checkpoint came"
              + " from",
          e);
    }
    if (pieces.isEmpty()) {
      throw file.fault("has no pieces, so it is not a SentencePiece model");
    }
  }

  List<Piece> pieces() {
    return pieces;
  }

  int modelType() {
    return modelType;
  }

  int unknownId() {
    return unknownId;
  }

  String unknownPiece() {
    return unknownPiece;
  }

  /** The compiled rules of the normalizer; empty where there are none. */
  byte[] charsMap() {
    return charsMap;
  }

  private boolean model(int number) throws IOException {
    switch (number) {
      case 1 -> message(this::piece, this::add);
      case 2 -> message(this::trainer, () -> {});
      case 3 -> message(this::normalizer, () -> {});
      default -> {
        return false;
      }
    }
    return true;
  }

  private String text = "";
  private float score;
  private int type = NORMAL;

  private boolean piece(int number) throws IOException {
    switch (number) {
      case 1 -> text = string();
      case 2 -> score = input.readFloat();
      case 3 -> type = input.readEnum();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void add() {
    if (text.isEmpty() || !Float.isFinite(score)) {
      throw file.fault("piece " + pieces.size() + " has no text or no score, so it is damaged");
    }
    pieces.add(new Piece(text, score, type));
    text = "";
    score = 0;
    type = NORMAL;
  }

  private boolean trainer(int number) throws IOException {
    switch (number) {
      case 3 -> modelType = input.readEnum();
      case 40 -> unknownId = input.readInt32();
      case 45 -> unknownPiece = string();
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean normalizer(int number) throws IOException {
    if (number == 2) {
      charsMap = input.readByteArray();
      return true;
    }
    return false;
  }

  private String string() throws IOException {
    byte[] bytes = input.readByteArray();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw file.fault("a piece is not UTF-8, so the file is damaged", e);
    }
  }

  /** Reads a message inside this one, which ends where its length says. */
  private void message(Field field, Runnable end) throws IOException {
    int outer = input.pushLimit(input.readRawVarint32());
    fields(field);
    input.checkLastTagWas(0);
    input.popLimit(outer);
    end.run();
  }

  private void fields(Field field) throws IOException {
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      int wire = WireFormat.getTagWireType(tag);
      if (wire == WireFormat.WIRETYPE_START_GROUP || wire == WireFormat.WIRETYPE_END_GROUP) {
        throw new IOException("a group, which the format has not");
      }
      if (!field.read(WireFormat.getTagFieldNumber(tag))) {
        input.skipField(tag);
      }
    }
  }
}
