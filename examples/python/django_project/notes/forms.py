from django import forms


class NoteForm(forms.Form):
    title = forms.CharField(max_length=80)
    text = forms.CharField(widget=forms.Textarea, required=False)
    attachment = forms.FileField(required=False)
