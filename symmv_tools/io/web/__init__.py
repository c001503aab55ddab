"""The web through yt-dlp: `client.Web` lists, searches and fetches, politely and whole or not at all."""
