"""The errands: read, call the thought, write. One file each; `ALL` is the list of them.

The order of declaration matters in one place: of several makers of a column, the first that is not
absent for a song serves it (notes: the given MIDI, else transcription; beats: from audio, else from
notes; what a tagger hears: in the audio, else in the notes, played; names and lyrics: by Shazam id, else by
ear; the place in the video: by the sound, else by the MIDI).
The order of running follows from needs and makes.
"""

from symmv_tools.stage import Stage
from symmv_tools.stages import (
    align,
    audio_quality,
    beats,
    beats_from_notes,
    captions,
    chords,
    colour,
    keys,
    melody,
    midi_quality,
    motion,
    music_tags,
    read_midi,
    rendered_tags,
    screen,
    screen_quality,
    semantic,
    shazam,
    shazam_by_id,
    shots,
    style,
    tempo,
    text_features,
    transcribe,
    video_info,
)

ALL: tuple[Stage, ...] = (
    read_midi.STAGE,
    transcribe.STAGE,
    midi_quality.STAGE,
    melody.STAGE,
    beats.STAGE,
    beats_from_notes.STAGE,
    tempo.STAGE,
    chords.STAGE,
    keys.STAGE,
    video_info.STAGE,
    shots.STAGE,
    colour.STAGE,
    motion.STAGE,
    screen.STAGE,
    screen_quality.STAGE,
    semantic.STAGE,
    captions.STAGE,
    text_features.STAGE,
    audio_quality.STAGE,
    music_tags.STAGE,
    rendered_tags.STAGE,
    align.STAGE,
    align.MIDI_STAGE,
    shazam_by_id.STAGE,
    shazam.STAGE,
    style.STAGE,
)
