"""What an IMAP client may believe: grammar of responses, messages, truth and views, random commands. See ../../imap_stress.py."""
