"""The networks of V-MusProd: video controller, chord decoder, encoder-decoders; tensors in, tensors out."""
