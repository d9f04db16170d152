package io.github.tlora.nn;

/** What a tensor is for. Roles alone decide what is trained, saved, decayed and counted. */
public enum Role {
  /** A weight of the pretrained encoder. */
  BASE,
  /** A weight of the classification or regression head. */
  HEAD,
  /** A weight that the fine-tuning method adds and trains. */
  ADAPTER,
  /** A weight that the method adds and never trains: TLoRA's A and C. */
  FIXED
}
