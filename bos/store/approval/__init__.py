"""What a change does: live at once, provisional, or held until signed. Pure: data in, data out."""
