"""symmv: from web video to paired video and symbolic music, and to models trained on them."""
