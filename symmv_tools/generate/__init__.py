"""Music for a video: the video is seen once, three networks write, and it is heard with the pictures."""
