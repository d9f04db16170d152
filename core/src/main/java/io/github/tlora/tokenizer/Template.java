package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How a row's texts stand between their marks: the post processor of tokenizer.json. */
record Template(String cls, int clsId, String sep, int sepId) {

  /** {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}; B and what follows is segment 1. */
  ObjectNode segments() {
    ObjectNode node = processing();
    ArrayNode pair = node.putArray("pair");
    mark(sequence(mark(pair, cls, 0), "A", 0), sep, 0);
    mark(sequence(pair, "B", 1), sep, 1);
    return node;
  }

  /** {@code <s> A </s>} and {@code <s> A </s></s> B </s>}, all of it segment 0. */
  ObjectNode doubled() {
    ObjectNode node = processing();
    ArrayNode pair = node.putArray("pair");
    mark(sequence(mark(pair, cls, 0), "A", 0), sep, 0);
    mark(sequence(mark(pair, sep, 0), "B", 0), sep, 0);
    return node;
  }

  /** The same as {@link #doubled()}, in the form that RoBERTa's files have. */
  ObjectNode roberta(boolean trimOffsets, boolean addPrefixSpace) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("type", "RobertaProcessing");
    node.putArray("sep").add(sep).add(sepId);
    node.putArray("cls").add(cls).add(clsId);
    return node.put("trim_offsets", trimOffsets).put("add_prefix_space", addPrefixSpace);
  }

  private ObjectNode processing() {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("type", "TemplateProcessing");
    mark(sequence(mark(node.putArray("single"), cls, 0), "A", 0), sep, 0);
    ObjectNode tokens = node.putObject("special_tokens");
    define(tokens.putObject(cls), cls, clsId);
    define(tokens.putObject(sep), sep, sepId);
    return node;
  }

  private static void define(ObjectNode node, String token, int id) {
    node.put("id", token);
    node.putArray("ids").add(id);
    node.putArray("tokens").add(token);
  }

  private static ArrayNode mark(ArrayNode row, String token, int segment) {
    row.addObject().putObject("SpecialToken").put("id", token).put("type_id", segment);
    return row;
  }

  private static ArrayNode sequence(ArrayNode row, String name, int segment) {
    row.addObject().putObject("Sequence").put("id", name).put("type_id", segment);
    return row;
  }
}
