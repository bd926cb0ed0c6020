#version 330
// The interface: the tint times the atlas, in display space.
in vec2 atlas_uv;
in vec4 corner_tint;
uniform sampler2D p3d_Texture0;
out vec4 colour;

void main() {
    colour = corner_tint * texture(p3d_Texture0, atlas_uv);
}
